using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Series;
using Platform.Forecast.SpecialDays;
using Platform.Forecast.Work;

namespace Platform.Forecast.Segments;

/// <summary>
/// The organisation's forecast in the days of one time zone, made again only when it must be: a new day, a change of a day that is over, of a calendar or of a price that it has usage of. Segments whose
/// days and calendar did not change keep what was made of them.
/// </summary>
/// <param name="turn">Whoever makes a forecast holds it meanwhile: zones that share it are made one after another. Nobody who holds it waits for anything but the database.</param>
internal sealed class ZoneForecast(SegmentStore store, CalendarStore calendars, PlanPrices prices, BillingCalendar calendar, SemaphoreSlim turn)
{
    private readonly SemaphoreSlim _one = new(1);
    private Dictionary<string, Dictionary<SegmentKey, Kept>> _kept = new(StringComparer.Ordinal);
    private SortedDictionary<string, long> _versions = new(StringComparer.Ordinal);
    private TeamCalendars _special = TeamCalendars.None;
    private PricesNow _prices = PricesNow.None;
    private OrganisationForecast? _forecast;

    public string Zone => calendar.Name;

    public async Task<OrganisationForecast> GetAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var horizon = new HorizonCalendar(calendar, calendar.DayOf(now));

        // Read before the series: what comes between the two is read again the next time.
        var read = await store.ReadVersionsAsync(calendar.StartOf(horizon.Today), cancellationToken);
        var versions = new SortedDictionary<string, long>(read.ToDictionary(team => team.Key, team => calendar.IsUtc ? team.Value.Settled : team.Value.Before), StringComparer.Ordinal);
        var number = await calendars.ReadNumberAsync(cancellationToken);
        var pricesNow = new PricesNow(await prices.VersionsOrKnownAsync(cancellationToken), now);
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_forecast?.Calendar.Today != horizon.Today || number != _special.Number || !IsMadeWith(pricesNow) || !_versions.SequenceEqual(versions))
            {
                // Whoever gives up until it is its turn has begun nothing.
                await turn.WaitAsync(cancellationToken);
                try
                {
                    await MakeAsync(horizon, versions, number, pricesNow);
                }
                finally
                {
                    turn.Release();
                }
            }

            return _forecast!;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>To its end, whoever asked and has given up since: else callers with little patience would begin it again and again, and none would ever have it.</summary>
    private async Task MakeAsync(HorizonCalendar horizon, SortedDictionary<string, long> versions, long number, PricesNow pricesNow)
    {
        var same = _forecast?.Calendar.Today == horizon.Today;
        var isPriced = IsMadeWith(pricesNow);
        var special = number != _special.Number ? await calendars.ReadAsync(CancellationToken.None) : _special;
        var changed = same && isPriced ? versions.Where(team => !_versions.TryGetValue(team.Key, out var known) || known != team.Value).Select(team => team.Key).ToArray() : null;
        var series = await store.ReadAsync(changed, calendar, horizon.Today, GetForecast.HistoryDays, CancellationToken.None);

        // Of the prices that it was made with as long as they are the same: else teams would be held against different moments of today.
        var at = !isPriced || !same ? pricesNow : _prices;
        var routes = store.ReadRoutesAsync(changed, calendar, horizon.Today, GetForecast.HistoryDays, at.Versions.Changed, CancellationToken.None);
        var repriced = await TodaysPrices.OfAsync(series, routes, at, horizon, GetForecast.HistoryDays, CancellationToken.None);
        await WorkThreads.RunAsync(() => Remake(horizon, same, changed, repriced, special, at), CancellationToken.None);
        (_versions, _special, _prices) = (versions, special, at);
    }

    /// <param name="changed">Null: all teams were read.</param>
    private OrganisationForecast Remake(HorizonCalendar horizon, bool same, string[]? changed, List<SegmentSeries> read, TeamCalendars special, PricesNow at)
    {
        var kept = changed is null ? new(StringComparer.Ordinal) : new Dictionary<string, Dictionary<SegmentKey, Kept>>(_kept, StringComparer.Ordinal);
        foreach (var team in changed ?? [])
        {
            kept.Remove(team);
        }

        foreach (var team in read.GroupBy(segment => segment.Key.TeamId))
        {
            kept[team.Key] = team.ToDictionary(segment => segment.Key, segment => Known(segment) ?? new Kept(segment));
        }

        if (!same || special.Number != _special.Number || !HasSame(kept))
        {
            Kept[] all = [.. kept.Values.SelectMany(team => team.Values).OrderBy(segment => segment.Series.Key)];
            _forecast = OrganisationForecast.Make(
                horizon, [.. all.Select(segment => segment.Series)], special, place => all[place].Of(horizon, special.Of(all[place].Series.Key.TeamId)), CancellationToken.None) with { Prices = at };
        }

        else if (at != _prices)
        {
            _forecast = _forecast! with { Prices = at };
        }

        _kept = kept;
        return _forecast!;
    }

    private bool IsMadeWith(PricesNow prices) => _prices.Key == prices.Key && _prices.Versions.IsKnown == prices.Versions.IsKnown;

    private Kept? Known(SegmentSeries series) =>
        _kept.TryGetValue(series.Key.TeamId, out var team) && team.TryGetValue(series.Key, out var kept) && kept.IsOf(series) ? kept : null;

    private bool HasSame(Dictionary<string, Dictionary<SegmentKey, Kept>> kept) => kept.Count == _kept.Count && kept.All(team =>
        _kept.TryGetValue(team.Key, out var before) && before.Count == team.Value.Count
        && team.Value.All(segment => before.TryGetValue(segment.Key, out var known) && ReferenceEquals(known, segment.Value)));

    /// <summary>A segment's days, and what was made of them.</summary>
    private sealed class Kept(SegmentSeries series)
    {
        private readonly byte[] _hash = HashOf(series);
        private (int Days, long Calendar, SegmentForecast? Forecast)? _made;

        public SegmentSeries Series => series;

        public bool IsOf(SegmentSeries other) => other.FirstDay == series.FirstDay && other.Days.Count == series.Days.Count && _hash.AsSpan().SequenceEqual(HashOf(other));

        public SegmentForecast? Of(HorizonCalendar horizon, DayCalendar? special)
        {
            var number = special?.Number ?? 0;
            _made = _made is { } made && made.Days == horizon.Days && made.Calendar == number ? made : (horizon.Days, number, SegmentForecaster.Make(series, horizon.Days, special));
            return _made.Value.Forecast;
        }

        private static byte[] HashOf(SegmentSeries series)
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(MemoryMarshal.AsBytes<SegmentDay>([.. series.Days]));
            if (series.Prices is { } prices)
            {
                hash.AppendData(MemoryMarshal.AsBytes<SegmentDay>([.. prices.Days]));
                hash.AppendData(MemoryMarshal.AsBytes<double>([.. prices.Ahead ?? []]));
                hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', prices.Steps)));
                foreach (var route in prices.Routes)
                {
                    hash.AppendData(Encoding.UTF8.GetBytes($"\n{route.Provider}/{route.Model}"));
                    hash.AppendData(MemoryMarshal.AsBytes<long>(route.Booked));
                    hash.AppendData(MemoryMarshal.AsBytes<long>(route.Now));
                    hash.AppendData(MemoryMarshal.AsBytes<double>([.. route.Ahead ?? []]));
                }
            }

            return hash.GetHashAndReset();
        }
    }
}
