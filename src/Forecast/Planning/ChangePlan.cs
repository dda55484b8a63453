using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Segments;
using Platform.Postgres;

namespace Platform.Forecast.Planning;

/// <summary>Changes of plan items, each once for its idempotency key.</summary>
internal sealed class ChangePlan(Changes changes, PlanPrices prices, SegmentStore segments, OrganisationDirectory organisation, TimeProvider time)
{
    private const string Set = "plan.set";
    private const string Import = "plan.import";
    private const int MostItems = 1000;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT with every problem; ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public async Task<PlanItemView> SetAsync(SetItemRequest request, string actor, CancellationToken cancellationToken)
    {
        var item = request.Item ?? throw RpcErrors.InvalidArgument("item is required.");
        if (await changes.FindAsync(Set, request.IdempotencyKey, request, PlanItemView.Parser, cancellationToken) is { } told)
        {
            return told;
        }

        var problems = PlanCheck.Problems(item, await organisation.ListTeamIdsAsync(cancellationToken)).ToArray();
        if (problems.Length > 0)
        {
            throw RpcErrors.InvalidArgument(string.Join(" ", problems));
        }

        var planned = PlanRow.Of(item, time.GetUtcNow(), actor);
        var known = await KnownAsync([item.TeamId], cancellationToken);
        if (PlanCheck.CostProblem(planned, PlanPrices.Of(planned, known.Book)) is { } dear)
        {
            throw RpcErrors.InvalidArgument(dear);
        }

        return await changes.RunAsync(
            Set, request.IdempotencyKey, request, PlanItemView.Parser,
            async (transaction, now) =>
            {
                var row = PlanRow.Of(item, now, actor);
                await PlanStore.WriteAsync(transaction, row, cancellationToken);
                return known.View(row);
            },
            cancellationToken);
    }

    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND (PLAN_ITEM_NOT_FOUND), ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public Task<PlanItemView> RemoveAsync(RemoveItemRequest request, string actor, CancellationToken cancellationToken) => changes.RunAsync(
        "plan.remove", request.IdempotencyKey, request, PlanItemView.Parser,
        async (transaction, now) =>
        {
            // What cannot be an id is none that there is.
            var known = Validation.Id("plan_id", request.PlanId) is null ? await PlanStore.LockAsync(transaction, request.PlanId, cancellationToken) : null;
            var row = known ?? throw RpcErrors.NotFound(Reasons.PlanItemNotFound, $"There is no plan item '{Validation.Shown(request.PlanId)}'. List them.");
            if (row.Active)
            {
                row = row with { Active = false, ChangedAt = now, ChangedBy = actor };
                await PlanStore.WriteAsync(transaction, row, cancellationToken);
            }

            return PlanViews.Of(row, new PlanPrice(null, ""), currency: "");
        },
        cancellationToken);

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (number of items), ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public async Task<ImportItemsResponse> ImportAsync(ImportItemsRequest request, string actor, CancellationToken cancellationToken)
    {
        if (request.Items.Count is < 1 or > MostItems)
        {
            throw RpcErrors.InvalidArgument($"items must be 1 to {MostItems}; there are {request.Items.Count}.");
        }

        if (request.Apply && await changes.FindAsync(Import, request.IdempotencyKey, request, ImportItemsResponse.Parser, cancellationToken) is { } told)
        {
            return told;
        }

        var known = await KnownAsync([.. request.Items.Select(item => item.TeamId).Distinct()], cancellationToken);
        var problems = Problems(request, await organisation.ListTeamIdsAsync(cancellationToken), known.Book, time.GetUtcNow());
        if (problems.Count > 0)
        {
            return new ImportItemsResponse { Problems = { problems } };
        }

        return request.Apply
            ? await changes.RunAsync(
                Import, request.IdempotencyKey, request, ImportItemsResponse.Parser,
                (transaction, now) => WriteAsync(transaction, request, actor, now, known, cancellationToken), cancellationToken)
            : Answer([.. request.Items.Select(item => PlanRow.Of(item, time.GetUtcNow().TruncateToMicroseconds(), actor))], known, applied: false);
    }

    private static async Task<ImportItemsResponse> WriteAsync(
        NpgsqlTransaction transaction, ImportItemsRequest request, string actor, DateTimeOffset now, Known known, CancellationToken cancellationToken)
    {
        PlanRow[] rows = [.. request.Items.Select(item => PlanRow.Of(item, now, actor))];
        foreach (var row in rows.OrderBy(row => row.PlanId, StringComparer.Ordinal))
        {
            await PlanStore.WriteAsync(transaction, row, cancellationToken);
        }

        return Answer(rows, known, applied: true);
    }

    /// <summary>Of a list, an item without a price is a problem too: it is better found before than left out of forecasts.</summary>
    private static List<PlanProblem> Problems(ImportItemsRequest request, IReadOnlyList<string> teams, PlanBook book, DateTimeOffset now)
    {
        var problems = new List<PlanProblem>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (place, item) in request.Items.Index())
        {
            var found = PlanCheck.Problems(item, teams).ToList();
            if (!seen.Add(item.PlanId))
            {
                found.Add($"plan_id {Validation.Shown(item.PlanId)} stands in the list before.");
            }

            if (found.Count == 0)
            {
                var row = PlanRow.Of(item, now, "");
                var price = PlanPrices.Of(row, book);
                found.AddRange(price.NanosPerCall is null ? [price.Note] : PlanCheck.CostProblem(row, price) is { } dear ? [dear] : Array.Empty<string>());
            }

            problems.AddRange(found.Select(problem => new PlanProblem { Position = place + 1, PlanId = item.PlanId, Problem = problem }));
        }

        return problems;
    }

    private static ImportItemsResponse Answer(PlanRow[] rows, Known known, bool applied) => new() { Items = { rows.Select(known.View) }, Applied = applied };

    private async Task<Known> KnownAsync(string[] teams, CancellationToken cancellationToken) =>
        new(await prices.ReadNowAsync(cancellationToken), await organisation.ReadCurrencyAsync(cancellationToken), await segments.ReadKeysAsync(teams, time.GetUtcNow(), cancellationToken));

    /// <summary>What an item is answered with.</summary>
    private sealed record Known(PlanBook Book, string Currency, ILookup<string, SegmentKey> Segments)
    {
        public PlanItemView View(PlanRow row) => PlanViews.Of(row, PlanPrices.Of(row, Book), Currency, PlanViews.SegmentNote(row.Named, [.. Segments[row.TeamId]]));
    }
}
