using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Metering.V1;

namespace Platform.Benchmarks.Metering;

/// <summary>
/// Batches as gateways ship them, each event following from its number alone, so that the same million can be sent again: 60,000 calls a second of the clock, by 20
/// teams of 10 users, with a key for each of two workloads, each with its lane and three models: 1,200 rows of sums a quarter hour. Filled in place, because the maker
/// shares the machine with what is measured.
/// </summary>
internal sealed class UsageMaker
{
    public const int BatchSize = 1_000;
    public const int Teams = 20;

    /// <summary>Spend of history touches no wallet: what is measured is the intake, not what wallets post.</summary>
    private const Funding Class = Funding.History;

    private static readonly string[] Models = ["gpt-4o-mini", "gpt-4o", "gpt-4.1", "gpt-4.1-mini", "gpt-5", "gpt-5-mini"];
    private static readonly string[] Workloads = ["interactive", "batch"];
    private static readonly string[] Lanes = ["premium", "economy"];
    private static readonly string[] TeamIds = [.. Enumerable.Range(0, Teams).Select(TeamId)];
    private static readonly string[] Users = [.. Enumerable.Range(0, 10 * Teams).Select(user => $"usr_{user:000}")];
    private static readonly string[] Keys = [.. Enumerable.Range(0, 2 * Teams).Select(key => $"key_{key:00}")];

    private readonly DateTimeOffset _start;
    private readonly RecordRequest _request = new();

    /// <param name="start">When the first event occurred.</param>
    public UsageMaker(DateTimeOffset start)
    {
        _start = start;
        for (var i = 0; i < BatchSize; i++)
        {
            _request.Events.Add(new UsageEvent
            {
                Source = "gateway/bench", Funding = Class, OccurredAt = new Timestamp(), Provider = "openai", Tokens = new Tokens(), Outcome = Outcome.Succeeded,
                AttemptNumber = 1, GatewayMs = 1, RouteReason = "only target", Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                UpstreamKey = "…f3a1",
            });
        }
    }

    public static string TeamId(int team) => $"bench_{team:00}";

    /// <summary>The batch's events; valid until the next call.</summary>
    public RecordRequest Fill(int batch)
    {
        for (var i = 0; i < BatchSize; i++)
        {
            Fill(_request.Events[i], (batch * (long)BatchSize) + i);
        }

        return _request;
    }

    private void Fill(UsageEvent usage, long number)
    {
        var occurred = _start.AddTicks(number * TimeSpan.TicksPerSecond / 60_000);
        var draw = unchecked((uint)((number * 2_654_435_761) >> 7));
        var team = (int)(draw % Teams);
        usage.EventId = usage.AttemptId = usage.CallId = Id(occurred, number);
        usage.OccurredAt.Seconds = occurred.ToUnixTimeSeconds();
        usage.OccurredAt.Nanos = (int)(occurred.Ticks % TimeSpan.TicksPerSecond / 10 * 1_000);
        usage.TeamId = TeamIds[team];
        usage.UserId = Users[(team * 10) + (int)(draw / Teams % 10)];
        var workload = (int)(draw / 200 % 2);
        usage.KeyId = Keys[(team * 2) + workload];
        usage.Workload = Workloads[workload];
        usage.Lane = Lanes[workload];
        usage.ModelAsked = usage.ModelServed = Models[(workload * 3) + (int)(draw / 400 % 3)];
        usage.Tokens.Input = 200 + (draw / 6_000 % 3_000);
        usage.Tokens.CachedInput = draw % 4 == 0 ? 1_024 : 0;
        usage.Tokens.Output = 20 + (draw / 7_000 % 800);
        usage.FirstTokenMs = 100 + (draw % 400);
        usage.TotalMs = 600 + (draw % 4_000);
    }

    // As Guid.CreateVersion7 makes them, but the same again for the same number.
    private static string Id(DateTimeOffset at, long number)
    {
        unchecked
        {
            var milliseconds = at.ToUnixTimeMilliseconds();
            var mixed = (ulong)number * 0x9E37_79B9_7F4A_7C15;
            return new Guid(
                (int)(milliseconds >> 16), (short)milliseconds, (short)(0x7000 | (mixed >> 52)), (byte)(0x80 | ((mixed >> 46) & 0x3F)), (byte)(mixed >> 38),
                (byte)(mixed >> 30), (byte)(mixed >> 22), (byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number).ToString();
        }
    }
}
