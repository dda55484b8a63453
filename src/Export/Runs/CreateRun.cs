using Grpc.Core;
using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Export.Books;
using Platform.Export.Files;
using Platform.Export.Jobs;
using Platform.Export.Objects;

namespace Platform.Export.Runs;

/// <summary>Exports an exact window, a length that ends now or a month of the books once, without a schedule.</summary>
internal sealed class CreateRun(StartRun start, BookReader books, IOptions<ExportOptions> options)
{
    /// <summary>What kt reconcile asks for unless it is told another; every installation has the same.</summary>
    private const string ReconcileBucket = "kt-reconcile";

    public Task<RunRow> ExecuteAsync(CreateRunRequest request, string askedBy, CancellationToken cancellationToken)
    {
        var format = FileFormats.WordOf(request.Format, request.FocusVersion);
        if ((JobValidation.Format(format) ?? JobValidation.Target(request.Bucket, request.Prefix)) is { } problem)
        {
            throw problem;
        }

        if (request.Name.Length > 0 && JobValidation.Name(request.Name) is { } unusable)
        {
            throw unusable;
        }

        if (request.Bucket == ReconcileBucket && options.Value is { Store: ObjectStoreKind.S3, S3.MayBeAnybodys: true })
        {
            throw RpcErrors.InvalidArgument(
                $"In Amazon's S3 bucket {ReconcileBucket} may be anybody's: name one of yours (kt reconcile --s3-bucket), or set Export__S3__ExpectedBucketOwner to your account.", Reasons.BucketInvalid);
        }

        AskedSpan.Require(request);
        return start.ExecuteAsync(
            "export.create_run", request.IdempotencyKey, request, (transaction, now) => MakeAsync(transaction, request, askedBy, now, cancellationToken),
            cancellationToken);
    }

    private async Task<Guid> MakeAsync(
        NpgsqlTransaction transaction, CreateRunRequest request, string askedBy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (request.Name.Length > 0 && await JobStore.FindAsync(transaction, request.Name, cancellationToken) is not null)
        {
            throw RpcErrors.Create(
                StatusCode.AlreadyExists, Reasons.JobExists, $"There is an export job '{request.Name}': run it (kt export-jobs run), or choose another name.");
        }

        await JobStore.RequireNoJobsFolderAsync(transaction, NewRun.OneOffNameOf(request.Name), request.Bucket, request.Prefix, cancellationToken);
        var (span, zone) = await AskedSpan.OfAsync(books, request, now, cancellationToken);
        var run = NewRun.OneOff(request.Name, span, zone, new RunTarget(FileFormats.WordOf(request.Format, request.FocusVersion), request.Bucket, request.Prefix), askedBy, now);
        await RunStore.TryInsertAsync(transaction, run, cancellationToken);
        return run.RunId;
    }
}
