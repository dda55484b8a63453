using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;
using Platform.Postgres;

namespace Platform.Metering.Imports;

/// <summary>Asks for an import to be taken back: it takes no more rows, and <see cref="UndoImports"/> does the rest.</summary>
internal sealed class UndoImport(Changes changes, UndoSignal signal, TeamDirectory organisation)
{
    private const string SelectKeptFrom = "SELECT kept_from FROM usage_watermark";

    public async Task<Import> RunAsync(UndoImportRequest request, string actor, CancellationToken cancellationToken)
    {
        ImportCheck.Require(Validation.Text("note", request.Note, 0, 500));
        var importId = ListImports.ReadId(request.ImportId);
        var currency = await organisation.GetCurrencyAsync(cancellationToken);
        var answer = await changes.RunAsync(
            "UndoImport", request.IdempotencyKey, request, Import.Parser,
            async (transaction, now) =>
            {
                var import = await ImportStore.LockAsync(transaction, importId, cancellationToken) ?? throw ListImports.NotFound(request.ImportId);
                if (import.State is ImportState.Undoing or ImportState.Undone)
                {
                    return import.ToContract(currency);
                }

                var records = await ImportRecordStore.SumAsync(transaction, importId, cancellationToken);
                await RequireKeptAsync(transaction, import, records.First, cancellationToken);
                if (import.State == ImportState.Open)
                {
                    // One that was cut off has never been counted; a finished one has.
                    await ImportStore.SetSumsAsync(transaction, importId, records, cancellationToken);
                }

                await ImportStore.AskUndoAsync(transaction, importId, actor, request.Note, now, cancellationToken);
                return (await ImportStore.LockAsync(transaction, importId, cancellationToken))!.ToContract(currency);
            },
            cancellationToken);
        signal.Wake();
        return answer;
    }

    // What is no longer kept can have no correction; to take back the rest alone would leave sums that nobody can explain.
    private static async Task RequireKeptAsync(NpgsqlTransaction transaction, StoredImport import, DateTimeOffset? first, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SelectKeptFrom, transaction.Connection, transaction);
        var keptFrom = new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancellationToken))!);
        if (import.First < keptFrom || first < keptFrom)
        {
            throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.ImportTooOld,
                $"Import {import.ImportId} has usage of before {keptFrom:yyyy-MM-dd}, which is no longer kept record by record, so it cannot be taken back.");
        }
    }
}

/// <summary>Wakes this replica's undoing; forgetting it costs a second, not a correction.</summary>
internal sealed class UndoSignal : WorkSignal;
