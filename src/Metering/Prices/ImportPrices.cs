using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Repricing;
using Platform.Metering.Teams;
using Platform.Postgres;

namespace Platform.Metering.Prices;

/// <summary>A whole list of prices and aliases: checked, compared with what is in force, and taken over whole when asked, or not at all.</summary>
internal sealed class ImportPrices(
    Changes changes, PriceBook book, PreviewCorrections preview, TeamDirectory organisation, RepricingSignal repricing, TimeProvider time)
{
    private const string Operation = "prices.import";
    private const int MaxRows = 10_000;
    private const int ShownErrors = 20;

    /// <param name="actor">The key that asks.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT with every bad row; ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public async Task<ImportPricesResponse> RunAsync(ImportPricesRequest request, string actor, CancellationToken cancellationToken)
    {
        var currency = await organisation.GetCurrencyAsync(cancellationToken);
        Require(request, currency);
        if (!request.Apply)
        {
            return await CompareAsync(request, currency, cancellationToken);
        }

        var answer = await changes.RunAsync(
            Operation, request.IdempotencyKey, request, ImportPricesResponse.Parser,
            (transaction, now) => ApplyAsync(transaction, request, currency, actor, now, cancellationToken), cancellationToken,
            enter: transaction => PriceStore.LockAndAdvanceAsync(transaction, cancellationToken));
        await book.GetCurrentAsync(cancellationToken);
        repricing.Wake();
        return answer;
    }

    private async Task<ImportPricesResponse> CompareAsync(ImportPricesRequest request, string currency, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var current = RequireAliases(request, await book.GetCurrentAsync(cancellationToken), currency);
        var answer = Compare(request, current.In(currency), now);
        if (request.Corrections)
        {
            var planned = Wanted(answer).Select(row => AddPrices.Plan(current, row, request.Retroactive, now)).ToList();
            answer.Corrections = await preview.RunAsync(current, planned, NewAliases(request, answer, now), currency, now, cancellationToken);
        }

        return answer;
    }

    private static async Task<ImportPricesResponse> ApplyAsync(
        NpgsqlTransaction transaction, ImportPricesRequest request, string currency, string actor, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var before = RequireAliases(request, await PriceStore.ReadBookAsync(transaction, cancellationToken), currency);
        var answer = Compare(request, before.In(currency), now);
        var wanted = Wanted(answer);
        RequirePaid(wanted, request.AllowFree, now);
        await AddPrices.RunAsync(transaction, before, wanted, request.Retroactive, actor, now, cancellationToken);
        answer.AliasesAdded = await PriceStore.SetAliasesAsync(transaction, NewAliases(request, answer, now), actor, now, cancellationToken);
        if (answer.AliasesAdded > 0)
        {
            // What was recorded under these names without a price has one now; what has a price keeps it.
            var models = request.Aliases.Select(alias => (alias.Provider, alias.Model)).ToHashSet();
            var book = await PriceStore.ReadBookAsync(transaction, cancellationToken);
            await RepricingStore.OweAsync(
                transaction,
                [.. book.Versions.Where(version => models.Contains((version.Price.Provider, version.Price.Model))).Select(version => (version.Price.PriceId, Moments.Earliest, now))],
                now, cancellationToken);
        }

        // As in SetPrice: it commits between intakes.
        await Watermark.EnterClosingAsync(transaction, cancellationToken);
        answer.Applied = true;
        return answer;
    }

    private static ImportPricesResponse Compare(ImportPricesRequest request, PriceSnapshot book, DateTimeOffset now) => new()
    {
        Changes =
        {
            request.Prices.Select(row =>
            {
                var subject = PriceVersion.From(row, now, null, now).Subject;
                var at = row.EffectiveFrom.ToMoment() ?? now;
                return PriceComparison.Compare(book.VersionsOf(subject).FirstOrDefault(version => version.IsInForceAt(at)), PriceVersion.WithKept(row, book, now), now);
            }),
        },
        AliasChanges = { request.Aliases.Select(alias => PriceComparison.Compare(book, alias)) },
    };

    private static List<PriceRow> Wanted(ImportPricesResponse answer) => [.. answer.Changes.Where(change => change.Kind != PriceChangeKind.Unchanged).Select(change => change.After)];

    private static List<PriceAliasRow> NewAliases(ImportPricesRequest request, ImportPricesResponse answer, DateTimeOffset now) =>
    [
        .. request.Aliases.Where((_, index) => answer.AliasChanges[index].Kind != PriceChangeKind.Unchanged)
            .Select(alias => new PriceAliasRow(alias.Provider, alias.Alias, alias.Model, alias.Source, now)),
    ];

    /// <summary>An entry of a list that says 0 is more often one whose price is not known.</summary>
    private static void RequirePaid(List<PriceRow> rows, bool allowFree, DateTimeOffset now) => Throw(allowFree ? [] :
    [
        .. rows.Select(row => PriceVersion.From(row, now, null, now)).Where(version => PriceComparison.IsFree(version.Price))
            .Select(version => $"{version.Subject} would cost nothing, and be served for nothing: take it out of the list, or say allow_free."),
    ]);

    private static void Require(ImportPricesRequest request, string currency)
    {
        var errors = new List<string>();
        if (request.Prices.Count > MaxRows || request.Aliases.Count > MaxRows)
        {
            errors.Add($"A list holds at most {MaxRows} prices and as many aliases; split it.");
        }

        if (request.Apply && Validation.IdempotencyKey(request.IdempotencyKey) is { } keyError)
        {
            errors.Add(keyError);
        }

        var seen = new HashSet<PriceSubject>();
        foreach (var (row, number) in request.Prices.Select((row, index) => (row, index + 1)))
        {
            if (PriceCheck.Check(row, currency) is { } error)
            {
                errors.Add($"prices[{number}]: {error}");
            }
            else if (!seen.Add(new PriceSubject(row.Provider, row.Model, PriceVersion.TierOf(row.Tier), row.Region)))
            {
                errors.Add($"prices[{number}]: {row.Provider} {row.Model} is given twice.");
            }
        }

        errors.AddRange(request.Aliases.Select((alias, index) => PriceCheck.Check(alias) is { } error ? $"aliases[{index + 1}]: {error}" : "").Where(error => error.Length > 0));
        Throw(errors);
    }

    /// <summary>An alias must lead to a model with a price. A name that has prices of its own is most often a slip: they would come before the alias wherever they are in force.</summary>
    private static PriceSnapshot RequireAliases(ImportPricesRequest request, PriceSnapshot book, string currency)
    {
        var own = book.In(currency);
        var coming = request.Prices.Select(row => (row.Provider, row.Model)).ToHashSet();
        bool HasPrice(string provider, string model) => coming.Contains((provider, model)) || own.HasOwnPrice(provider, model);
        Throw([
            .. request.Aliases.Select((alias, index) =>
                HasPrice(alias.Provider, alias.Alias) ? $"aliases[{index + 1}]: {alias.Provider} {alias.Alias} has a price of its own, which comes before an alias. Set that one for the time, tier or region that it lacks, or take the alias out."
                : HasPrice(alias.Provider, alias.Model) ? ""
                : $"aliases[{index + 1}]: {alias.Provider} {alias.Model} has no price.").Where(error => error.Length > 0),
        ]);
        return book;
    }

    private static void Throw(List<string> errors)
    {
        if (errors.Count > 0)
        {
            var shown = string.Join(' ', errors.Take(ShownErrors));
            throw RpcErrors.InvalidArgument(errors.Count <= ShownErrors ? shown : $"{shown} And {errors.Count - ShownErrors} more.");
        }
    }
}
