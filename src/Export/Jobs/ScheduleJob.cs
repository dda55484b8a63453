using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Export.Scheduling;
using Platform.Postgres;

namespace Platform.Export.Jobs;

/// <summary>Makes a job, or answers with the one that stands under the name with the same settings.</summary>
internal sealed class ScheduleJob(NpgsqlDataSource dataSource, TimeProvider time)
{
    private const string Operation = "export.schedule_job";
    private const int KeyLengthAtMost = 200;

    public async Task<JobRow> ExecuteAsync(ScheduleJobRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var job = Parse(request, now);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var lookup = await Idempotency.BeginAsync(transaction, Operation, request.IdempotencyKey, request, cancellationToken);
        if (lookup.Outcome == IdempotencyOutcome.Conflict)
        {
            throw RpcErrors.IdempotencyConflict(request.IdempotencyKey);
        }

        if (!await JobStore.TryInsertAsync(transaction, job, cancellationToken))
        {
            var standing = (await JobStore.FindAsync(transaction, job.Settings.Name, cancellationToken))!;
            if (standing.Settings != job.Settings)
            {
                throw RpcErrors.Create(
                    StatusCode.AlreadyExists, Reasons.JobExists, $"An export job '{job.Settings.Name}' with other settings exists. Choose another name.");
            }

            job = standing;
        }

        if (lookup.Outcome == IdempotencyOutcome.New)
        {
            var answer = new Job { JobId = job.JobId.ToString("D") };
            await Idempotency.StoreAsync(transaction, Operation, request.IdempotencyKey, lookup, answer, now, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return job;
    }

    private static JobRow Parse(ScheduleJobRequest request, DateTimeOffset now)
    {
        var settings = new JobSettings(request.Name, request.Cron, request.Window, request.Format, request.Bucket, request.Prefix);
        if (JobValidation.Check(settings) is { } error)
        {
            throw error;
        }

        if (Validation.Text("idempotency_key", request.IdempotencyKey, 1, KeyLengthAtMost) is { } problem)
        {
            throw RpcErrors.InvalidArgument(problem);
        }

        return Schedule.TryParse(settings.Cron, out var expression, out _) && Schedule.NextAfter(expression, now) is { } next
            ? new JobRow(Guid.CreateVersion7(now), settings, now, next)
            : throw RpcErrors.InvalidArgument($"cron '{settings.Cron}' is never due: no such day exists.", Reasons.CronInvalid);
    }
}
