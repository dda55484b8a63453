using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Export.Books;
using Platform.Export.Files;
using Platform.Export.Jobs;

namespace Platform.Export.Runs;

/// <summary>Exports an exact window or a month of the books once, without a schedule.</summary>
internal sealed class CreateRun(StartRun start, BookReader books)
{
    public Task<RunRow> ExecuteAsync(CreateRunRequest request, string askedBy, CancellationToken cancellationToken)
    {
        var format = FileFormats.WordOf(request.Format, request.FocusVersion);
        if ((JobValidation.Format(format) ?? JobValidation.Target(request.Bucket, request.Prefix)) is { } problem)
        {
            throw problem;
        }

        if (request.Period.Length > 0 && (request.From is not null || request.To is not null))
        {
            throw RpcErrors.InvalidArgument("Give either period or from and to.", Reasons.WindowInvalid);
        }

        var window = request.Period.Length > 0 ? null : AskedSpan.OfWindow(request.From, request.To, request.Basis);
        return start.ExecuteAsync(
            "export.create_run", request.IdempotencyKey, request, (transaction, now) => MakeAsync(transaction, window, request, askedBy, now, cancellationToken),
            cancellationToken);
    }

    private async Task<Guid> MakeAsync(
        NpgsqlTransaction transaction, RunSpan? window, CreateRunRequest request, string askedBy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (span, zone) = window is null
            ? await AskedSpan.OfMonthAsync(books, request.Period, request.Basis, cancellationToken)
            : (window, await books.ReadZoneAsync(cancellationToken));
        var run = NewRun.OneOff(span, zone, new RunTarget(FileFormats.WordOf(request.Format, request.FocusVersion), request.Bucket, request.Prefix), askedBy, now);
        await RunStore.TryInsertAsync(transaction, run, cancellationToken);
        return run.RunId;
    }
}
