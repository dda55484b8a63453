using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Platform.Postgres;

/// <summary>
/// Whether the database answers, and takes writes: a service that is led to a standby reads well and keeps nothing. One that hangs does not answer to being given up either, so the question is left to itself then, one at a time: whoever asks for the service's health hears of it
/// within their own limit (5 s), and does not take the service that waits for its database for hung itself.
/// </summary>
internal sealed class PostgresHealthCheck(NpgsqlDataSource dataSource, TimeProvider time) : IHealthCheck
{
    public static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    // On a standby as well: it has no other transactions.
    private const string IsReadOnly = "SELECT current_setting('transaction_read_only')::boolean";

    private readonly Lock _gate = new();
    private Task<bool> _asking = Task.FromResult(false);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await Asking().WaitAsync(AnswerLimit, time, cancellationToken)
                ? new HealthCheckResult(
                    context.Registration.FailureStatus,
                    "PostgreSQL takes no writes: it is a standby, or set to be read-only. Lead the service to the primary, or free what made it read-only.")
                : HealthCheckResult.Healthy();
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

    private Task<bool> Asking()
    {
        lock (_gate)
        {
            return _asking.IsCompleted ? _asking = AskAsync() : _asking;
        }
    }

    private async Task<bool> AskAsync()
    {
        await using var command = dataSource.CreateCommand(IsReadOnly);
        return (bool)(await command.ExecuteScalarAsync(CancellationToken.None))!;
    }
}
