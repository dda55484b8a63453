using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Export.Books;
using Platform.Export.Files;
using Platform.Export.Scheduling;
using Platform.Postgres;

namespace Platform.Export.Jobs;

/// <summary>
/// Changes, pauses, resumes and removes jobs. A series is none of these's to break: its next scheduled run begins where the last one ended, so what was used while a
/// job was paused is in the first run after it.
/// </summary>
internal sealed class ChangeJob(Changes changes, BookReader books)
{
    /// <param name="changedBy">The caller's key.</param>
    /// <returns>The job's id.</returns>
    public async Task<string> UpdateAsync(UpdateJobRequest request, string changedBy, CancellationToken cancellationToken)
    {
        var zone = await books.ReadZoneAsync(cancellationToken);
        var answer = await changes.RunAsync(
            "export.update_job", request.IdempotencyKey, request, Job.Parser,
            async (transaction, now) =>
            {
                var job = await LockAsync(transaction, request.Job, cancellationToken);
                var changed = Changed(job, request, now, zone) with { ChangedBy = changedBy };
                if ((changed.Settings.Bucket, changed.Settings.Prefix) != (job.Settings.Bucket, job.Settings.Prefix))
                {
                    await JobStore.RequireOwnFolderAsync(transaction, changed, cancellationToken);
                }

                await JobStore.UpdateAsync(transaction, changed, cancellationToken);
                return IdOf(job);
            },
            cancellationToken);
        return answer.JobId;
    }

    /// <inheritdoc cref="UpdateAsync"/>
    public async Task<string> RemoveAsync(RemoveJobRequest request, string changedBy, CancellationToken cancellationToken)
    {
        var answer = await changes.RunAsync(
            "export.remove_job", request.IdempotencyKey, request, Job.Parser,
            async (transaction, now) =>
            {
                var job = await LockAsync(transaction, request.Job, cancellationToken);
                await JobStore.UpdateAsync(transaction, job with { RemovedAt = now, NextDueAt = null, ChangedBy = changedBy }, cancellationToken);
                return IdOf(job);
            },
            cancellationToken);
        return answer.JobId;
    }

    /// <summary>The job after a change. Its due time is looked for anew where the schedule or the window is another one or it is resumed. Pure.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: as for a new job.</exception>
    internal static JobRow Changed(JobRow job, UpdateJobRequest request, DateTimeOffset now, TimeZoneInfo zone)
    {
        var settings = job.Settings with
        {
            Cron = request.HasCron ? request.Cron : job.Settings.Cron,
            Window = request.HasWindow ? request.Window : job.Settings.Window,
            Format = Format(job.Settings.Format, request),
            Bucket = request.HasBucket ? request.Bucket : job.Settings.Bucket,
            Prefix = request.HasPrefix ? request.Prefix : job.Settings.Prefix,
        };
        if (JobValidation.Check(settings) is { } error)
        {
            throw error;
        }

        // What stands may be of before windows were compared with their schedule: it is asked for only where one of them changes.
        if (settings.Cron != job.Settings.Cron || settings.Window != job.Settings.Window)
        {
            JobValidation.FirstDue(settings, now, zone);
        }

        if (request.HasPaused ? request.Paused : job.PausedAt is not null)
        {
            return job with { Settings = settings, PausedAt = job.PausedAt ?? now, NextDueAt = null };
        }

        var isDueAsBefore = settings.Cron == job.Settings.Cron && settings.Window == job.Settings.Window && job.PausedAt is null;
        return job with { Settings = settings, PausedAt = null, NextDueAt = isDueAsBefore ? job.NextDueAt : NextDue(settings, now, zone) };
    }

    /// <summary>Another format has no version of the one before; the same one keeps it, and so does FOCUS as another kind of file.</summary>
    private static string Format(string word, UpdateJobRequest request)
    {
        var (format, version) = FileFormats.Split(word);
        var isAnother = request.HasFormat && request.Format is not (FileFormats.Focus or FileFormats.FocusParquet);
        return FileFormats.WordOf(request.HasFormat ? request.Format : format, request.HasFocusVersion ? request.FocusVersion : isAnother ? "" : version);
    }

    private static DateTimeOffset? NextDue(JobSettings settings, DateTimeOffset now, TimeZoneInfo zone) =>
        Schedule.TryParse(settings.Cron, out var expression, out _) ? Schedule.NextReadyAfter(expression, now, due => JobWindow.ReadyAt(settings.Window, due, zone)) : null;

    private static async Task<JobRow> LockAsync(NpgsqlTransaction transaction, string job, CancellationToken cancellationToken) =>
        await JobStore.LockAsync(transaction, job, cancellationToken) is { RemovedAt: null } found ? found : throw JobStore.NotFound(job);

    private static Job IdOf(JobRow job) => new() { JobId = job.JobId.ToString("D") };
}
