using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;
using Platform.Metering.Retention;
using Platform.Metering.Teams;
using PriceBook = Platform.Metering.Prices.PriceBook;

namespace Platform.Metering.Waste;

/// <summary>The waste report: each signal by its own rule (docs/waste.md), with its figure and records as evidence.</summary>
internal sealed class GetWaste(WasteStore store, WastePartStore parts, DroppedMonths dropped, PriceBook book, TeamDirectory organisation, TimeProvider time)
{
    private const int MaxRows = 20;
    private const int MaxEvidence = 20;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT; FAILED_PRECONDITION (USAGE_NOT_KEPT): where retention has dropped records of the range.</exception>
    public async Task<WasteReport> RunAsync(GetWasteRequest request, CancellationToken cancellationToken)
    {
        if (request.Evidence is < 0 or > MaxEvidence)
        {
            throw RpcErrors.InvalidArgument($"evidence must be 0 to {MaxEvidence}.");
        }

        var now = time.GetUtcNow();
        var range = WasteRange.Read(request.From, request.To, SpendCondition.Read(request.Filters), now);
        var currency = await organisation.GetCurrencyAsync(cancellationToken);
        var sums = await store.ReadSumsAsync(range, cancellationToken);
        var sizing = new RightSizing(await store.ReadUsedAsync(range, cancellationToken), await book.GetCurrentAsync(cancellationToken), currency, now);
        var cheaper = sizing.Decide(await parts.ReadSmallAsync(range, cancellationToken));
        var report = new WasteReport
        {
            From = range.From.ToTimestampUtc(),
            To = range.To.ToTimestampUtc(),
            Currency = currency,
            SpendNanos = sums.Sum(sum => sum.CostNanos),
            Signals =
            {
                await WithEvidenceAsync(
                    WasteKind.Failed, sums.Select(sum => new WasteLine(sum.Group, sum.FailedCalls, sum.FailedCostNanos)), WasteStore.Failed, range, request.Evidence,
                    cancellationToken),
                await WithEvidenceAsync(
                    WasteKind.Retried, sums.Select(sum => new WasteLine(sum.Group, sum.RetriedCalls, sum.RetriedCostNanos)), WasteStore.Retried, range,
                    request.Evidence, cancellationToken),
                Signal(WasteKind.Duplicate, await store.ReadDuplicatesAsync(range, request.Evidence, cancellationToken)),
                Signal(WasteKind.Abandoned, await store.ReadAbandonedAsync(range, request.Evidence, cancellationToken)),
                await WithSmallCallsAsync([.. cheaper], range, request.Evidence, cancellationToken),
            },
        };

        // After all that is read: what is dropped meanwhile was noted before.
        await dropped.CheckAsync(range.Window, Moments.Earliest, cancellationToken);
        return report;
    }

    private async Task<WasteSignal> WithEvidenceAsync(
        WasteKind kind, IEnumerable<WasteLine> lines, string condition, WasteRange range, int evidence, CancellationToken cancellationToken)
    {
        var found = lines.Where(line => line.Calls != 0 || line.CostNanos != 0).ToList();
        if (evidence > 0 && found.Count > 0)
        {
            var records = await store.ReadEvidenceAsync(condition, range, evidence, cancellationToken);
            found = found.ConvertAll(line => line with { Evidence = records.GetValueOrDefault(line.Group, []) });
        }

        return Signal(kind, found);
    }

    private async Task<WasteSignal> WithSmallCallsAsync(List<WasteLine> lines, WasteRange range, int evidence, CancellationToken cancellationToken)
    {
        lines = Ordered(lines);
        for (var index = 0; evidence > 0 && index < Math.Min(lines.Count, MaxRows); index++)
        {
            lines[index] = lines[index] with { Evidence = await store.ReadSmallAsync(lines[index].Group, range, evidence, cancellationToken) };
        }

        return Signal(WasteKind.RightSizing, lines);
    }

    private static WasteSignal Signal(WasteKind kind, List<WasteLine> lines) => new()
    {
        Kind = kind,
        Calls = lines.Sum(line => line.Calls),
        CostNanos = lines.Sum(line => line.CostNanos),
        Rows = { Ordered(lines).Take(MaxRows).Select(line => line.ToRow()) },
    };

    private static List<WasteLine> Ordered(List<WasteLine> lines) =>
    [
        .. lines.OrderByDescending(line => line.CostNanos).ThenByDescending(line => line.Calls).ThenBy(line => line.Group.TeamId, StringComparer.Ordinal)
            .ThenBy(line => line.Group.Provider, StringComparer.Ordinal).ThenBy(line => line.Group.Model, StringComparer.Ordinal),
    ];
}
