using Platform.Contracts.Metering.V1;
using Platform.Postgres;

namespace Platform.Metering.Imports;

/// <summary>Ends an import: its figures are counted from its records, and what else covers its time is looked for.</summary>
internal sealed class FinishImport(Changes changes, ListImports imports)
{
    public async Task<Import> RunAsync(FinishImportRequest request, CancellationToken cancellationToken)
    {
        var importId = ListImports.ReadId(request.ImportId);
        await changes.RunAsync(
            "FinishImport", request.IdempotencyKey, request, GetImportRequest.Parser,
            async (transaction, now) =>
            {
                var import = await ImportStore.LockAsync(transaction, importId, cancellationToken) ?? throw ListImports.NotFound(request.ImportId);
                if (import.State == ImportState.Open)
                {
                    await ImportStore.SetSumsAsync(transaction, importId, await ImportRecordStore.SumAsync(transaction, importId, cancellationToken), cancellationToken);
                    await ImportStore.FinishAsync(transaction, importId, now, cancellationToken);
                }

                return new GetImportRequest { ImportId = request.ImportId };
            },
            cancellationToken);
        return await imports.GetAsync(importId, cancellationToken);
    }
}
