using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Export.Books;
using Platform.Export.Files;
using Platform.Postgres;

namespace Platform.Export.Jobs;

/// <summary>Makes a job, or answers with the one that stands under the name with the same settings.</summary>
internal sealed class ScheduleJob(NpgsqlDataSource dataSource, BookReader books, TimeProvider time)
{
    private const string Operation = "export.schedule_job";

    /// <param name="createdBy">The caller's key.</param>
    public async Task<JobRow> ExecuteAsync(ScheduleJobRequest request, string createdBy, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var settings = Parse(request);
        var zone = settings.Window == Scheduling.JobWindow.Month ? await books.ReadZoneAsync(cancellationToken) : TimeZoneInfo.Utc;
        var due = JobValidation.FirstDue(settings, now, zone);
        var job = new JobRow(Guid.CreateVersion7(now), settings, now, due) { CreatedBy = createdBy, ChangedBy = createdBy };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var lookup = await Idempotency.BeginAsync(transaction, Operation, request.IdempotencyKey, request, cancellationToken);
        if (lookup.Answered(Job.Parser) is { } made)
        {
            // As it stands: it may have been changed or removed since, and is not made a second time.
            return (await JobStore.FindAsync(transaction, made.JobId, cancellationToken))!;
        }

        if (!await JobStore.TryInsertAsync(transaction, job, cancellationToken))
        {
            var standing = (await JobStore.FindAsync(transaction, job.Settings.Name, cancellationToken))!;
            if (standing.Settings != job.Settings)
            {
                throw RpcErrors.Create(
                    StatusCode.AlreadyExists, Reasons.JobExists, 
                    $"An export job '{job.Settings.Name}' with other settings exists. Choose another name, or change it (kt export-jobs change).");
            }

            job = standing;
        }
        else
        {
            await JobStore.RequireOwnFolderAsync(transaction, job, cancellationToken);
        }

        var answer = new Job { JobId = job.JobId.ToString("D") };
        await Idempotency.StoreAsync(transaction, Operation, request.IdempotencyKey, lookup, answer, now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return job;
    }

    private static JobSettings Parse(ScheduleJobRequest request)
    {
        var settings = new JobSettings(request.Name, request.Cron, request.Window, FileFormats.WordOf(request.Format, request.FocusVersion), request.Bucket, request.Prefix);
        if (JobValidation.Check(settings) is { } error)
        {
            throw error;
        }

        if (Validation.IdempotencyKey(request.IdempotencyKey) is { } problem)
        {
            throw RpcErrors.InvalidArgument(problem);
        }

        return settings;
    }
}
