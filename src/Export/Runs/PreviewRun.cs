using Grpc.Core;
using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Contracts.Metering.V1;
using Platform.Export.Books;
using Platform.Export.Files;
using Platform.Export.Jobs;
using Platform.Export.Objects;

namespace Platform.Export.Runs;

/// <summary>
/// What a run of a window would write if it began now: the same records from Metering through the same formats into files that nobody keeps, so its figures are the
/// run's own. Nothing is stored, neither objects nor a run. As many at once as there are places: runs that are owed wait for one another, and people who look are not to keep them from Metering.
/// </summary>
/// <param name="read">Where a run's records come from.</param>
internal sealed class PreviewRun(
    Func<RunRow, CancellationToken, IAsyncEnumerable<UsageRecord>> read, FileFormats formats, BookReader books, IOptions<ExportOptions> options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _places = new(options.Value.MaxConcurrentPreviews);

    public void Dispose() => _places.Dispose();

    /// <exception cref="RpcException">INVALID_ARGUMENT (WINDOW_INVALID, FORMAT_UNSUPPORTED); UNAVAILABLE; FAILED_PRECONDITION (RUN_REFUSED); RESOURCE_EXHAUSTED (PREVIEWS_BUSY).</exception>
    public async Task<Preview> ExecuteAsync(PreviewRequest request, CancellationToken cancellationToken)
    {
        var format = FileFormats.WordOf(request.Format, request.FocusVersion);
        if (JobValidation.Format(format) is { } problem)
        {
            throw problem;
        }

        var asked = new CreateRunRequest { From = request.From, To = request.To, Window = request.Window, Period = request.Period, Basis = request.Basis };
        AskedSpan.Require(asked);
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var (span, zone) = await AskedSpan.OfAsync(books, asked, now, cancellationToken);
        var run = NewRun.OneOff("preview", span, zone, new RunTarget(format, "none", ""), "", now);
        if (!_places.Wait(TimeSpan.Zero, CancellationToken.None))
        {
            throw RpcErrors.Create(
                StatusCode.ResourceExhausted, Reasons.PreviewsBusy,
                $"{options.Value.MaxConcurrentPreviews} previews are being read already. Ask again shortly, or make the run: runs wait for their turn.");
        }

        try
        {
            return Answer(run, await CountAsync(run, cancellationToken));
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task<RunFiles> CountAsync(RunRow run, CancellationToken cancellationToken)
    {
        try
        {
            await using var parts = new PeriodFiles(new NoObjects(), run, await formats.PrepareAsync(run.Format, cancellationToken));
            await foreach (var record in read(run, cancellationToken))
            {
                await parts.AddAsync(ExportRow.Of(record, run), cancellationToken);
            }

            return await parts.CompleteAsync(cancellationToken);
        }
        catch (InvalidDataException exception)
        {
            throw RpcErrors.Create(StatusCode.FailedPrecondition, Reasons.RunRefused, $"A run of this window would be refused: {exception.Message}");
        }
        catch (IOException exception)
        {
            throw RpcErrors.Create(StatusCode.Unavailable, Reasons.DependencyUnavailable, $"{exception.Message} Ask again.");
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw RunExecutor.IsFinal(exception)
                ? RpcErrors.Create(StatusCode.FailedPrecondition, Reasons.RunRefused, $"A run of this window would be refused: {exception.Status.Detail}")
                : RpcErrors.Create(StatusCode.Unavailable, Reasons.DependencyUnavailable, $"Usage is Metering's to tell, and it does not answer ({exception.StatusCode}). Ask again.");
        }
    }

    private static Preview Answer(RunRow run, RunFiles files) => new()
    {
        From = run.From.ToTimestampUtc(),
        To = run.To.ToTimestampUtc(),
        Basis = run.Span.Basis == RunBasis.Booked ? Basis.Booked : Basis.Occurred,
        Period = run.Span.Period,
        TimeZone = run.TimeZone,
        Watermark = run.Watermark.ToTimestampUtc(),
        Rows = files.Figures.Rows,
        CostNanos = files.Figures.CostNanos,
        Currency = files.Currency,
        UnpricedRecords = files.Figures.UnpricedRows,
        Bytes = files.Bytes,
        Columns = { FileFormats.ColumnsOf(run.Format).Select(column => new PreviewColumn { Name = column.Name, Type = column.Type }) },
        Files = { files.All.Select(file => new PreviewFile { BillingPeriod = file.BillingPeriod, Rows = file.Figures.Rows, CostNanos = file.Figures.CostNanos, Bytes = file.Bytes }) },
    };

    /// <summary>Takes what is written and keeps nothing.</summary>
    private sealed class NoObjects : IObjectStore, IObjectWrite
    {
        public ObjectStoreKind Kind => ObjectStoreKind.Folder;

        public Stream Stream => Stream.Null;

        public Task<IObjectWrite> CreateAsync(string bucket, string key, CancellationToken cancellationToken) => Task.FromResult<IObjectWrite>(this);

        public Task<Stream?> GetAsync(string bucket, string key, CancellationToken cancellationToken) => Task.FromResult<Stream?>(null);

        public Task CommitAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
