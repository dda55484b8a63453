using System.Globalization;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;

namespace Platform.Forecast.Organisation;

/// <summary>What a caller spent on a day.</summary>
/// <param name="UserId">Empty: whoever it was.</param>
/// <param name="ApplicationId">Empty: by none.</param>
internal readonly record struct CallerDay(string UserId, string ApplicationId, DateOnly Day, long SpentNanos);

/// <summary>What callers of a team spent, asked of Metering, which knows who called; Forecast's own roll-up does not.</summary>
internal sealed class CallerSpend(Usage.UsageClient usage, TimeProvider time)
{
    private const string Silent = "The Metering service, which has spend by caller,";

    /// <summary>Of so many users at once an answer stays below the most rows that Metering gives (50,000), with ten applications each on all days looked back. Where they have more it says so, and
    /// the question is cut in two.</summary>
    private const int MostUsers = 50;

    private const int MostApplications = 100;
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
            var rows = await AskAsync(teamId, SpendDimension.User, some, [SpendDimension.User, SpendDimension.Application, SpendDimension.Day], horizon, history, cancellationToken);
            ofUsers.AddRange(rows.Select(row => new CallerDay(row.Keys[0], row.Keys[1], DayOf(row.Keys[2]), row.CostNanos)));
        }

        foreach (var some in applications.Chunk(MostApplications))
        {
            var rows = await AskAsync(teamId, SpendDimension.Application, some, [SpendDimension.Application, SpendDimension.Day], horizon, history, cancellationToken);
            ofApplications.AddRange(rows.Select(row => new CallerDay("", row.Keys[0], DayOf(row.Keys[1]), row.CostNanos)));
        }

        return (ofUsers, ofApplications);
    }

    private Task<List<SpendRow>> AskAsync(
        string teamId, SpendDimension of, string[] values, SpendDimension[] groups, HorizonCalendar horizon, int history, CancellationToken cancellationToken) =>
        AskAsync(teamId, of, values, groups, horizon.Calendar, horizon.Today.AddDays(-history), horizon.Today, cancellationToken);

    /// <summary>By half of the values where an answer has too many rows, and of one value by half of the days: each row is of one value and one day, so that none is lost or told twice.</summary>
    private async Task<List<SpendRow>> AskAsync(
        string teamId, SpendDimension of, string[] values, SpendDimension[] groups, BillingCalendar calendar, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        var request = new QuerySpendRequest
        {
            From = calendar.StartOf(from).ToTimestampUtc(), To = calendar.StartOf(to).ToTimestampUtc(), TimeZone = calendar.Name, GroupBy = { groups },
            Filters = { new SpendFilter { Dimension = SpendDimension.Team, Values = { teamId } }, new SpendFilter { Dimension = of, Values = { values } } },
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

        Task<List<SpendRow>> Part(string[] some, DateOnly first, DateOnly end) => AskAsync(teamId, of, some, groups, calendar, first, end, cancellationToken);
    }

    private static DateOnly DayOf(string key) => DateOnly.ParseExact(key, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
