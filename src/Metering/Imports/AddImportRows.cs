using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Postgres;

namespace Platform.Metering.Imports;

/// <summary>
/// Adds rows to an open import. The import is kept from ending until its rows are durable and counted; the rows themselves are written by the intake's own
/// transactions, so a process that dies in between leaves rows that the next try knows. A caller who goes away ends nothing of it: what was let in is written all the same, and an import that ended or was
/// undone before that would have rows that it does not count, or that nobody takes back.
/// </summary>
internal sealed class AddImportRows(Changes changes, ImportRows rows)
{
    /// <summary>Requests at a time in this replica. Each keeps a connection while its rows are written by others: as many as there are connections would leave the intake none.</summary>
    private const int MostAtOnce = 8;

    private readonly SemaphoreSlim _turns = new(MostAtOnce);

    /// <param name="cancellationToken">Ends the wait for a turn, and nothing that has begun.</param>
    public async Task<RowsOutcome> RunAsync(AddRowsRequest request, CancellationToken cancellationToken)
    {
        var importId = ListImports.ReadId(request.ImportId);
        await _turns.WaitAsync(cancellationToken);
        try
        {
            return await AddAsync(request, importId);
        }
        finally
        {
            _turns.Release();
        }
    }

    private Task<RowsOutcome> AddAsync(AddRowsRequest request, Guid importId) => changes.RunAsync(
        "AddRows", request.IdempotencyKey, request, RowsOutcome.Parser,
        async (transaction, _) =>
        {
            var import = await ImportStore.EnterAsync(transaction, importId, CancellationToken.None) ?? throw ListImports.NotFound(request.ImportId);
            if (import.State != ImportState.Open)
            {
                throw RpcErrors.Create(
                    StatusCode.FailedPrecondition, Reasons.ImportEnded, $"Import {importId} takes no more rows. Open another one; rows that it has are known there.");
            }

            var sums = await rows.RunAsync(import.Settings, importId, request.Rows, CancellationToken.None);
            await ImportStore.AddAsync(transaction, importId, sums, CancellationToken.None);
            return sums.Outcome;
        },
        CancellationToken.None, WithoutProblems);

    // A file with nothing but problems must not be kept a second time, sentence by sentence.
    private static RowsOutcome WithoutProblems(RowsOutcome outcome)
    {
        var kept = outcome.Clone();
        kept.Problems.Clear();
        return kept;
    }
}
