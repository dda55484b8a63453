using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Folding;

namespace Platform.Metering.Tests.Queries;

/// <summary>Any grouping, filter, range and zone: what the roll-ups say is what adding up the records one by one says.</summary>
public sealed class SpendPropertyTests : IAsyncLifetime
{
    private static readonly string[] Zones = ["", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Auckland"];

    private static readonly SpendDimension[] Columns =
    [
        SpendDimension.Team, SpendDimension.User, SpendDimension.Application, SpendDimension.Key, SpendDimension.Workload, SpendDimension.Lane,
        SpendDimension.Provider, SpendDimension.Model, SpendDimension.Outcome, SpendDimension.Funding,
    ];

    private static readonly SpendDimension[] Units =
        [SpendDimension.Unspecified, SpendDimension.QuarterHour, SpendDimension.Hour, SpendDimension.Day, SpendDimension.Week, SpendDimension.Month];

    private static readonly DateTimeOffset Begin = Spend.At("2026-10-20T00:00Z");

    private readonly List<UsageRecord> _records = [];
    private MeteringFixture _metering = null!;

    public async ValueTask InitializeAsync()
    {
        var time = new FakeTimeProvider(Begin.AddDays(14));
        _metering = await MeteringFixture.CreateAsync(time);
        await _metering.RecordAsync([.. Enumerable.Range(0, 1_000).Select(Made)]);
        _records.AddRange(await _metering.StreamAsync());
        var corrections = _records.Take(50).Select(record => new UsageEvent
        {
            Source = "finance", EventId = $"correction-{record.RecordId}", CorrectsRecordId = record.RecordId, Tokens = new Tokens { Output = -record.Event.Tokens.Output },
        });

        // All that is over is folded, and then some of it changed: queries find both.
        Assert.InRange(await _metering.Get<FoldOldSums>().RunAsync(TestContext.Current.CancellationToken), 80, 120);
        var answer = await _metering.RecordAsync([.. corrections]);
        Assert.Equal([], answer.Results.Select(result => result.Message).Where(message => message.Length > 0));
        Assert.InRange(await _metering.ScalarAsync<long>("SELECT count(*) FROM usage_folded WHERE NOT is_folded"), 10, 60);
        time.Advance(TimeSpan.FromSeconds(1));
        _records.Clear();
        _records.AddRange(await _metering.StreamAsync());
    }

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 900_000)]
    public async Task Rollups_say_what_the_records_say()
    {
        Assert.Equal(1_050, _records.Count);
        var queries = Gen.Select(
            OneOf(Zones), OneOf(Units), Gen.Shuffle(Columns, 0, 3), OneOf(Columns), Gen.Int[0, 3],
            Gen.Select(Gen.Int[0, 1_300], Gen.Int[1, 1_300]));
        await queries.SampleAsync(
            async (zone, unit, columns, filtered, values, range) =>
            {
                var request = new QuerySpendRequest
                {
                    From = Begin.AddMinutes(15 * range.Item1).ToTimestampUtc(),
                    To = Begin.AddMinutes(15 * (range.Item1 + range.Item2)).ToTimestampUtc(),
                    TimeZone = zone,
                    GroupBy = { columns },
                };
                if (unit != SpendDimension.Unspecified)
                {
                    request.GroupBy.Insert(columns.Length / 2, unit);
                }

                if (values > 0)
                {
                    request.Filters.Add(Spend.Only(filtered, [.. _records.Select(record => Key(record, filtered, "")).Distinct().Order().Take(values)]));
                }

                var answer = await _metering.QueryAsync(request);
                Assert.Equal(Expected(request), answer.Rows.Select(row => $"{string.Join('|', row.Keys)} {Figures(row)}").Order(StringComparer.Ordinal));
                Assert.Equal(answer.Rows.Sum(row => row.CostNanos), answer.Total.CostNanos);
            },
            iter: 300, threads: 1);
    }

    private static Gen<T> OneOf<T>(T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private IEnumerable<string> Expected(QuerySpendRequest request)
    {
        var chosen = _records
            .Where(record => record.Event.OccurredAt >= request.From && record.Event.OccurredAt < request.To)
            .Where(record => request.Filters.All(filter => filter.Values.Contains(Key(record, filter.Dimension, ""))))
            .ToList();
        var groups = chosen.GroupBy(record => string.Join('|', request.GroupBy.Select(dimension => Key(record, dimension, request.TimeZone))));
        return (request.GroupBy.Count == 0 && chosen.Count == 0 ? [" 0 0 0 0 0 0 0"] : groups.Select(group =>
        {
            var calls = group.Where(record => record.Event.CorrectsRecordId.Length == 0).ToList();
            return $"{group.Key} {group.Sum(Cost)} {calls.Count} {group.Sum(record => Input(record.Event.Tokens))} {group.Sum(record => record.Event.Tokens.CachedInput)} "
                + $"{group.Sum(record => record.Event.Tokens.Output + record.Event.Tokens.Reasoning)} {group.Count(record => record.Cost is null && record.Event.CorrectsRecordId.Length == 0)} "
                + $"{calls.Count(record => record.Event.Workload.Length == 0)}";
        })).Order(StringComparer.Ordinal);
    }

    private static string Figures(SpendRow row) =>
        $"{row.CostNanos} {row.Calls} {row.InputTokens} {row.CachedInputTokens} {row.OutputTokens} {row.UnpricedCalls} {row.UnclassifiedCalls}";

    private static long Cost(UsageRecord record) => record.Cost?.TotalNanos ?? 0;

    private static long Input(Tokens tokens) => tokens.Input + tokens.CachedInput + tokens.CacheWrite + tokens.CacheWrite1H;

    private static string Key(UsageRecord record, SpendDimension dimension, string zone)
    {
        var local = TimeZoneInfo.ConvertTime(record.Event.OccurredAt.ToDateTimeOffset(), TimeZoneInfo.FindSystemTimeZoneById(zone.Length == 0 ? "UTC" : zone));
        return dimension switch
        {
            SpendDimension.Team => record.Event.TeamId,
            SpendDimension.User => record.Event.UserId,
            SpendDimension.Application => record.Event.ApplicationId,
            SpendDimension.Key => record.Event.KeyId,
            SpendDimension.Workload => record.Event.Workload,
            SpendDimension.Lane => record.Event.Lane,
            SpendDimension.Provider => record.Event.Provider,
            SpendDimension.Model => record.Event.ModelServed,
            SpendDimension.Outcome => record.Event.Outcome == Outcome.ClientClosed ? "client_closed" : record.Event.Outcome.ToString().ToLowerInvariant(),
            SpendDimension.Funding => record.Event.Funding.ToString().ToLowerInvariant(),
            SpendDimension.QuarterHour => $"{local:yyyy-MM-dd'T'HH}:{local.Minute / 15 * 15:00}{local:zzz}",
            SpendDimension.Hour => $"{local:yyyy-MM-dd'T'HH}:00{local:zzz}",
            SpendDimension.Day => $"{local:yyyy-MM-dd}",
            SpendDimension.Week => $"{local.AddDays(-(((int)local.DayOfWeek + 6) % 7)):yyyy-MM-dd}",
            SpendDimension.Month => $"{local:yyyy-MM}",
            SpendDimension.Mark => record.Event.Mark == Mark.Unspecified ? "" : record.Event.Mark.ToString().ToLowerInvariant(),
            SpendDimension.Reason or SpendDimension.Unspecified => "",
        };
    }

    /// <summary>Calls of two weeks, in which clocks change in Berlin and New York.</summary>
    private static UsageEvent Made(int number)
    {
        var usage = Events.Varied(number);
        usage.OccurredAt = Begin.AddSeconds(number * 1_171L).ToTimestampUtc();
        usage.UserId = (number % 4) switch { 0 => "", 1 => "ann", 2 => "ben", _ => "cy" };
        usage.ApplicationId = number % 6 == 0 ? "bot" : "";
        usage.KeyId = $"key_{number % 3}";
        usage.Workload = number % 11 == 0 ? "" : usage.Workload;
        usage.Lane = number % 8 == 0 ? "premium" : "standard";
        usage.Outcome = (Outcome)((number % 4) + 1);
        return usage;
    }
}
