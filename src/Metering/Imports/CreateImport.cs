using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;
using Platform.Postgres;

namespace Platform.Metering.Imports;

/// <summary>Opens an import, which rows are then added to.</summary>
internal sealed class CreateImport(Changes changes, ImportRows rows, TeamDirectory organisation)
{
    public async Task<Import> RunAsync(CreateImportRequest request, string actor, CancellationToken cancellationToken)
    {
        await rows.RequireAsync(request.Settings, cancellationToken);
        ImportCheck.Require(Validation.Text("format", request.Format, 1, 50));
        ImportCheck.Require(Validation.Text("file_name", request.FileName, 0, 200));
        var currency = await organisation.GetCurrencyAsync(cancellationToken);
        return await changes.RunAsync(
            "CreateImport", request.IdempotencyKey, request, Import.Parser,
            async (transaction, now) =>
            {
                var import = new StoredImport(
                    Guid.CreateVersion7(now), 0, ImportState.Open, request.Format, request.FileName, request.Settings, new ImportCounts(), now, actor);
                await ImportStore.InsertAsync(transaction, import, cancellationToken);
                return import.ToContract(currency);
            },
            cancellationToken);
    }
}
