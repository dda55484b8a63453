using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;

namespace Platform.Metering.Imports;

/// <summary>Imports with what came of them.</summary>
internal sealed class ListImports(ImportStore imports, ImportOverlap overlap, TeamDirectory organisation)
{
    private const string List = "imports";

    public async Task<ListImportsResponse> RunAsync(ListImportsRequest request, CancellationToken cancellationToken)
    {
        var asked = PageRequest.Of(request.PageSize, request.PageToken);
        var currency = await organisation.GetCurrencyAsync(cancellationToken);
        var (page, next) = asked.Cut(await imports.ListAsync(asked.Below(List), asked.Limit, cancellationToken), List, import => import.ImportNo);
        var stated = await imports.ListStatedAsync([.. page.Select(import => import.ImportId)], cancellationToken);
        return new ListImportsResponse
        {
            Imports = { page.Select(import => WithStated(import.ToContract(currency), stated[import.ImportId])) },
            NextPageToken = next,
        };
    }

    /// <summary>With what speaks against it.</summary>
    /// <exception cref="RpcException">NOT_FOUND (IMPORT_NOT_FOUND).</exception>
    public async Task<Import> GetAsync(Guid importId, CancellationToken cancellationToken)
    {
        var import = await imports.FindAsync(importId, cancellationToken) ?? throw NotFound(importId.ToString());
        var stated = await imports.ListStatedAsync([importId], cancellationToken);
        var answer = WithStated(import.ToContract(await organisation.GetCurrencyAsync(cancellationToken)), stated[importId]);
        answer.Warnings.Add(answer.Stated.Where(cost => cost.StatedNanos == ImportSums.StatedBeyond).Select(cost =>
            $"What the source says that {cost.Provider} {cost.Model} cost comes to more than an amount can be (9,223,372,036.85 {answer.Currency}), so it is not compared. Is its column of costs the right one?"));
        answer.Warnings.Add(import.State is ImportState.Open or ImportState.Finished
            ? await overlap.FindAsync(import, cancellationToken)
            : await overlap.FindMissingAsync(import, cancellationToken));
        return answer;
    }

    /// <exception cref="RpcException">INVALID_ARGUMENT.</exception>
    public static Guid ReadId(string importId) => Guid.TryParseExact(importId, "D", out var id) ? id : throw RpcErrors.InvalidArgument("import_id must be a UUID. kt imports list shows them.");

    public static RpcException NotFound(string importId) => RpcErrors.NotFound(Reasons.ImportNotFound, $"There is no import {importId}. kt imports list shows them.");

    private static Import WithStated(Import import, IEnumerable<StatedCost> stated)
    {
        import.Stated.Add(stated);
        return import;
    }
}
