using System.Runtime.CompilerServices;
using Npgsql;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>The mixes of all segments, read once for each forecast that is kept (<see cref="OrganisationForecasts"/>). Days of UTC, whatever the zone: shares of four weeks are the same.</summary>
internal sealed class RouteMixes(NpgsqlDataSource dataSource)
{
    private const string Select = """
        SELECT team_id, workload, lane, day - $1::date, provider, model, cost_nanos, calls, input_tokens, output_tokens, fell_back_cost_nanos, fell_back_primary_nanos
        FROM usage_day WHERE day >= $1::date AND day < $2::date ORDER BY team_id, workload, lane
        """;

    private static readonly BillingCalendar Utc = BillingCalendar.Find("")!;

    /// <summary>Kept as long as the forecast is.</summary>
    private readonly ConditionalWeakTable<OrganisationForecast, IReadOnlyDictionary<SegmentKey, RouteMix>> _known = [];

    /// <summary>By segment; those without usage in 91 days are not there.</summary>
    public async Task<IReadOnlyDictionary<SegmentKey, RouteMix>> GetAsync(CurrentForecast current, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(current.Forecast, out var known))
        {
            return known;
        }

        var mixes = await ReadAsync(current.Horizon.Today, current.Forecast.Prices, cancellationToken);
        _known.AddOrUpdate(current.Forecast, mixes);
        return mixes;
    }

    private async Task<Dictionary<SegmentKey, RouteMix>> ReadAsync(DateOnly today, PricesNow prices, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Select);
        command.Parameters.Add(new() { Value = today.AddDays(-RouteMix.Days) });
        command.Parameters.Add(new() { Value = today });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (mixes, key, rows) = (new Dictionary<SegmentKey, RouteMix>(), default(SegmentKey), new List<RouteDay>());
        while (await reader.ReadAsync(cancellationToken))
        {
            var next = new SegmentKey(reader.GetString(0), reader.GetString(1), reader.GetString(2));
            if (next != key)
            {
                Finish();
                key = next;
            }

            rows.Add(AtTodaysPrice(key.Lane, prices, today, new RouteDay(
                reader.GetInt32(3), reader.GetString(4), reader.GetString(5), reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8), reader.GetInt64(9), reader.GetInt64(10),
                reader.GetInt64(11))));
        }

        Finish();
        return mixes;

        void Finish()
        {
            if (rows.Count > 0)
            {
                mixes[key] = RouteMix.Of(key, rows);
                rows.Clear();
            }
        }
    }

    /// <summary>As the forecast's own past: a share is of what calls cost now.</summary>
    private static RouteDay AtTodaysPrice(string lane, PricesNow prices, DateOnly today, RouteDay row)
    {
        if (prices.Versions.Changed.Count == 0 || MeanCall.Of(row.Calls, row.InputTokens, row.OutputTokens) is not { } call)
        {
            return row;
        }

        var from = Utc.StartOf(today.AddDays(row.Day - RouteMix.Days));
        var ratio = prices.Since(from, from.AddDays(1), prices.Versions.Of(row.Provider, row.Model, lane), call);
        return ratio == 1 ? row : row with { CostNanos = Nanos.Signed(row.CostNanos * ratio), FellBackNanos = Nanos.Signed(row.FellBackNanos * ratio) };
    }
}
