using System.Globalization;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;

namespace Platform.Forecast.Organisation;

/// <summary>What a caller spent on a day.</summary>
/// <param name="UserId">Empty: whoever it was.</param>
/// <param name="ApplicationId">Empty: by none.</param>
/// <param name="Route">Of no name: whichever it was.</param>
internal readonly record struct CallerDay(string UserId, string ApplicationId, DateOnly Day, long SpentNanos, (string Provider, string Model) Route = default);

/// <summary>What callers of a team spent, asked of Metering, which knows who called; Forecast's own roll-up does not.</summary>
internal sealed class CallerSpend(Usage.UsageClient usage, TimeProvider time)
{
    private const string Silent = "The Metering service, which has spend by caller,";

    /// <summary>Of so many users at once an answer stays below the most rows that Metering gives (50,000), with ten applications each on all days looked back. Where they have more it says so, and
    /// the question is cut in two.</summary>
    private const int MostUsers = 50;

    private const int MostApplications = 100;

    /// <summary>As many as a filter of Metering has values.</summary>
    private const int MostModels = 100;

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    /// <summary>Of users by application, of applications by whomever: by day, in the forecast's zone, days that are over.</summary>
    /// <param name="history">Days that are looked back.</param>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE (DEPENDENCY_UNAVAILABLE).</exception>
    public async Task<(List<CallerDay> OfUsers, List<CallerDay> OfApplications)> ReadAsync(
        string teamId, IReadOnlyList<string> users, IReadOnlyList<string> applications, HorizonCalendar horizon, int history, CancellationToken cancellationToken)
    {
        var (ofUsers, ofApplications) = (new List<CallerDay>(), new List<CallerDay>());
        foreach (var some in users.Chunk(MostUsers))
        {
            var rows = await AskAsync([Team(teamId)], SpendDimension.User, some, [SpendDimension.User, SpendDimension.Application, SpendDimension.Day], horizon, history, cancellationToken);
            ofUsers.AddRange(rows.Select(row => new CallerDay(row.Keys[0], row.Keys[1], DayOf(row.Keys[2]), UsageNanos(row))));
        }

        foreach (var some in applications.Chunk(MostApplications))
        {
            var rows = await AskAsync([Team(teamId)], SpendDimension.Application, some, [SpendDimension.Application, SpendDimension.Day], horizon, history, cancellationToken);
            ofApplications.AddRange(rows.Select(row => new CallerDay("", row.Keys[0], DayOf(row.Keys[1]), UsageNanos(row))));
        }

        return (ofUsers, ofApplications);
    }

    /// <summary>The same of these routes only, and by route.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE (DEPENDENCY_UNAVAILABLE).</exception>
    public async Task<(List<CallerDay> OfUsers, List<CallerDay> OfApplications)> ReadRoutesAsync(
        string teamId, IReadOnlyList<string> users, IReadOnlyList<string> applications, IReadOnlyCollection<(string Provider, string Model)> routes, HorizonCalendar horizon, int history,
        CancellationToken cancellationToken)
    {
        var (ofUsers, ofApplications) = (new List<CallerDay>(), new List<CallerDay>());
        foreach (var models in Models(routes))
        {
            foreach (var some in users.Chunk(MostUsers))
            {
                var rows = await AskAsync([Team(teamId), models], SpendDimension.User, some,
                    [SpendDimension.User, SpendDimension.Application, SpendDimension.Day, SpendDimension.Provider, SpendDimension.Model], horizon, history, cancellationToken);
                ofUsers.AddRange(rows.Select(row => new CallerDay(row.Keys[0], row.Keys[1], DayOf(row.Keys[2]), UsageNanos(row), (row.Keys[3], row.Keys[4]))));
            }

            foreach (var some in applications.Chunk(MostApplications))
            {
                var rows = await AskAsync([Team(teamId), models], SpendDimension.Application, some,
                    [SpendDimension.Application, SpendDimension.Day, SpendDimension.Provider, SpendDimension.Model], horizon, history, cancellationToken);
                ofApplications.AddRange(rows.Select(row => new CallerDay("", row.Keys[0], DayOf(row.Keys[1]), UsageNanos(row), (row.Keys[2], row.Keys[3]))));
            }
        }

        return (OnThem(ofUsers), OnThem(ofApplications));

        List<CallerDay> OnThem(List<CallerDay> days) => [.. days.Where(day => routes.Contains(day.Route))];
    }

    /// <summary>What a scope of users or keys spent on these routes, by day.</summary>
    /// <param name="scope">Without a tag: sums are not kept by them.</param>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE (DEPENDENCY_UNAVAILABLE).</exception>
    public async Task<List<RouteCost>> ReadRoutesAsync(
        BudgetScope scope, IReadOnlyCollection<(string Provider, string Model)> routes, HorizonCalendar horizon, int history, CancellationToken cancellationToken)
    {
        (SpendDimension Of, string Named)[] named =
        [
            (SpendDimension.Team, scope.TeamId), (SpendDimension.Workload, scope.Workload), (SpendDimension.Lane, scope.Lane), (SpendDimension.User, scope.UserId), (SpendDimension.Key, scope.KeyId),
        ];
        SpendFilter[] filters = [.. named.Where(filter => filter.Named.Length > 0).Select(filter => Only(filter.Of, filter.Named))];
        var costs = new List<RouteCost>();
        foreach (var models in Models(routes))
        {
            var rows = await AskAsync(filters, models.Dimension, [.. models.Values], [SpendDimension.Day, SpendDimension.Provider, SpendDimension.Model], horizon, history, cancellationToken);
            costs.AddRange(rows.Select(row => new RouteCost(row.Keys[1], row.Keys[2], DayOf(row.Keys[0]), UsageNanos(row))).Where(cost => routes.Contains((cost.Provider, cost.Model))));
        }

        return costs;
    }

    private static IEnumerable<SpendFilter> Models(IEnumerable<(string Provider, string Model)> routes) =>
        routes.Select(route => route.Model).Distinct().Order(StringComparer.Ordinal).Chunk(MostModels).Select(some => Only(SpendDimension.Model, some));

    private static SpendFilter Team(string teamId) => Only(SpendDimension.Team, teamId);

    private static SpendFilter Only(SpendDimension dimension, params string[] values) => new() { Dimension = dimension, Values = { values } };

    private Task<List<SpendRow>> AskAsync(
        SpendFilter[] others, SpendDimension of, string[] values, SpendDimension[] groups, HorizonCalendar horizon, int history, CancellationToken cancellationToken) =>
        AskAsync(others, of, values, groups, horizon.Calendar, horizon.Today.AddDays(-history), horizon.Today, cancellationToken);

    /// <summary>By half of the values where an answer has too many rows, and of one value by half of the days: each row is of one value and one day, so that none is lost or told twice.</summary>
    private async Task<List<SpendRow>> AskAsync(
        SpendFilter[] others, SpendDimension of, string[] values, SpendDimension[] groups, BillingCalendar calendar, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        var request = new QuerySpendRequest
        {
            From = calendar.StartOf(from).ToTimestampUtc(), To = calendar.StartOf(to).ToTimestampUtc(), TimeZone = calendar.Name, GroupBy = { groups },
            Filters = { others, Only(of, values) },
        };
        try
        {
            return [.. (await Ask.ServiceAsync(time, AnswerLimit, Silent, options => usage.QuerySpendAsync(request, options), cancellationToken)).Rows];
        }
        catch (RpcException exception) when (RpcErrors.ReasonOf(exception) == Reasons.TooManyRows && (values.Length > 1 || to.DayNumber - from.DayNumber > 1))
        {
            var (half, middle) = (values.Length / 2, from.AddDays((to.DayNumber - from.DayNumber) / 2));
            return half > 0
                ? [.. await Part(values[..half], from, to), .. await Part(values[half..], from, to)]
                : [.. await Part(values, from, middle), .. await Part(values, middle, to)];
        }

        Task<List<SpendRow>> Part(string[] some, DateOnly first, DateOnly end) => AskAsync(others, of, some, groups, calendar, first, end, cancellationToken);
    }

    /// <summary>Of calls alone: it is held against series of usage, and a credit note is no share of any pace.</summary>
    private static long UsageNanos(SpendRow row) => row.CostNanos - row.AdjustmentNanos;

    private static DateOnly DayOf(string key) => DateOnly.ParseExact(key, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
