using System.Globalization;
using System.Text.Json.Nodes;
using Platform.IntegrationTests.Torture;
using Platform.Testing;

namespace Platform.IntegrationTests.Crashes;

/// <summary>
/// Looks at what became of every attempt since a moment, by the sources that the reconciliation reads, and asks that each has exactly one end: recorded and
/// posted once at what the provider bills, or never sent and nowhere. What waits in suspense is settled from the bill.
/// </summary>
internal sealed class AttemptEnds(RunningPlatform platform, DateTimeOffset from)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    /// <summary>Answers when every attempt has its one end. An attempt may come to suspense late, when its gateway reaches Wallet again.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        var desk = new SuspenseDesk(platform);
        var settled = new HashSet<string>();
        IReadOnlyList<string> complaints = [];
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    (var suspended, complaints) = await LookAsync(cancellationToken);
                    await desk.SettleAsync([.. suspended.Where(settled.Add)], cancellationToken);
                    return complaints.Count == 0 && suspended.Count == 0;
                },
                Limit,
                "every attempt to have one end");
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message} {string.Join("; ", complaints.Take(10))}");
        }
    }

    private async Task<(IReadOnlyList<string> Suspended, IReadOnlyList<string> Complaints)> LookAsync(CancellationToken cancellationToken)
    {
        // Open holds first: what ends while the others are read was open when this look began, and is looked at again.
        var holds = (await LinesAsync(platform.Api, "v1/reconciliation/open-holds", cancellationToken)).ToLookup(Attempt, hold => (string)hold["state"]!);
        var now = TimeProvider.System.GetUtcNow();

        // From before, because kept work of an earlier case may run just now: the gateway dates its attempt some moments earlier than the provider does.
        var window = $"from={Text(from.AddMinutes(-1))}&to={Text(now.AddMinutes(1))}";
        var billed = await LinesAsync(platform.Simulator, $"invoice?{window}", cancellationToken);
        var recorded = await LinesAsync(platform.Api, $"v1/reconciliation/usage?{window}&recorded_until={Text(now)}", cancellationToken);
        var posted = await LinesAsync(platform.Api, $"v1/reconciliation/postings?{window}", cancellationToken);
        var (bill, records, postings) = (billed.ToLookup(Attempt, Cost), recorded.ToLookup(Attempt, Cost), posted.ToLookup(Attempt, Cost));
        var complaints = billed.Concat(recorded).Concat(posted).Where(row => row["occurred_at"]!.GetValue<DateTimeOffset>() >= from).Select(Attempt)
            .Concat(holds.Select(hold => hold.Key)).Distinct()
            .Select(attempt => Complaint(attempt, [.. holds[attempt]], [.. bill[attempt]], [.. records[attempt]], [.. postings[attempt]]))
            .OfType<string>()
            .ToList();
        return ([.. holds.Where(hold => hold.Contains("suspended")).Select(hold => hold.Key)], complaints);
    }

    private static string? Complaint(string attempt, string[] holds, decimal[] bill, decimal[] records, decimal[] postings)
    {
        var isSuspended = holds is ["suspended"] && bill.Length <= 1 && records.Length == 0 && postings.Length == 0;
        var isPosted = holds.Length == 0 && bill.Length <= 1 && records.Length == 1 && postings.Length == 1
            && records[0] == bill.Sum() && postings[0] == bill.Sum();
        return isSuspended || isPosted
            ? null
            : $"{attempt}: hold {List(holds)}, billed {List(bill)}, recorded {List(records)}, posted {List(postings)}";
    }

    private static string List<T>(T[] values) => values.Length == 0 ? "never" : string.Join("+", values);

    private static string Attempt(JsonNode row) => (string)row["attempt_id"]!;

    private static decimal Cost(JsonNode row) =>
        row["cost"] is { } cost ? decimal.Parse(cost.ToString(), NumberStyles.Number, CultureInfo.InvariantCulture) : 0;

    private static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static async Task<List<JsonNode>> LinesAsync(HttpClient client, string path, CancellationToken cancellationToken) =>
    [
        .. (await client.GetStringAsync(path, cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!),
    ];
}
