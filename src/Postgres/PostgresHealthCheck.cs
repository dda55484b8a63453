using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Platform.Postgres;

/// <summary>
/// Whether the database answers. One that hangs does not answer to being given up either, so the question is left to itself then, one at a time: whoever asks for the service's health hears of it
/// within their own limit (5 s), and does not take the service that waits for its database for hung itself.
/// </summary>
internal sealed class PostgresHealthCheck(NpgsqlDataSource dataSource, TimeProvider time) : IHealthCheck
{
    public static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private Task _asking = Task.CompletedTask;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await Asking().WaitAsync(AnswerLimit, time, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (TimeoutException exception)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, $"PostgreSQL has not answered within {AnswerLimit.TotalSeconds:0} s.", exception);
        }
        catch (NpgsqlException exception)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "PostgreSQL does not answer.", exception);
        }
    }

    private Task Asking()
    {
        lock (_gate)
        {
            return _asking.IsCompleted ? _asking = AskAsync() : _asking;
        }
    }

    private async Task AskAsync()
    {
        await using var command = dataSource.CreateCommand("SELECT 1");
        await command.ExecuteScalarAsync(CancellationToken.None);
    }
}
