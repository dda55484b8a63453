using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Platform.Export.Objects.S3;

/// <summary>
/// Degraded while S3 is away or does not take the service's key: jobs are still scheduled and runs wait, so the service does its work. It asks for the list of buckets, at most once a minute, and
/// answers as before until S3 has said something else. To be denied that is health too, because S3 then knows who asks. Whether a bucket may be written is said by the runs that try.
/// </summary>
internal sealed class S3HealthCheck(IAmazonS3 client, IOptions<ExportOptions> options, TimeProvider time) : IHealthCheck
{
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private Task<HealthCheckResult>? _asked;
    private Task<HealthCheckResult>? _before;
    private long _askedAt;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_asked is null || (_asked.IsCompleted && time.GetElapsedTime(_askedAt) >= Kept))
            {
                (_askedAt, _before) = (time.GetTimestamp(), _asked);
                _asked = AskAsync();
            }

            return (_asked.IsCompleted ? _asked : _before ?? _asked).WaitAsync(cancellationToken);
        }
    }

    /// <summary>On its own time: what one caller of the page gives up is what the next is told.</summary>
    private async Task<HealthCheckResult> AskAsync()
    {
        using var limit = new CancellationTokenSource(Limit, time);
        try
        {
            await client.ListBucketsAsync(new ListBucketsRequest(), limit.Token);
            return HealthCheckResult.Healthy();
        }
        catch (AmazonS3Exception exception) when (exception is { StatusCode: HttpStatusCode.Forbidden, ErrorCode: "AccessDenied" })
        {
            return HealthCheckResult.Healthy();
        }
        catch (OperationCanceledException exception)
        {
            return HealthCheckResult.Degraded($"S3 ({options.Value.S3.Where}) did not answer within {Limit.TotalSeconds:0} s. Exports wait.", exception);
        }
        catch (Exception exception) when (S3Problem.Is(exception, CancellationToken.None))
        {
            return HealthCheckResult.Degraded($"{S3Problem.Of(exception, options.Value.S3, "", "read").Message} Exports wait.", exception);
        }
    }
}
