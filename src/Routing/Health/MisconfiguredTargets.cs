using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Postgres;
using Platform.Routing.Attempts;
using Platform.Routing.Scheduled;

namespace Platform.Routing.Health;

/// <summary>Has people hear of targets that refuse every call until somebody sets them right: once a day, target and reason, by way of the outbox and beside the calls.</summary>
internal sealed partial class MisconfiguredTargets(NpgsqlDataSource dataSource, Outbox outbox, TimeProvider time, ILogger<MisconfiguredTargets> log) : BackgroundService
{
    /// <summary>Of a day; a policy has fewer targets and teams with keys of their own.</summary>
    private const int MostTold = 10_000;

    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, bool> _told = new();
    private readonly Channel<ProviderMisconfigured> _waiting = Channel.CreateBounded<ProviderMisconfigured>(new BoundedChannelOptions(1_000) { SingleReader = true });

    /// <summary>Never waits.</summary>
    /// <param name="reason">What the provider said, as "refused the gateway's key (401)".</param>
    public void Tell(Attempt attempt, string reason)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var team = attempt.HasTeamKey ? attempt.Call.Caller.TeamId : "";
        var id = DerivedIds.EventOf("misconfigured", attempt.Target.Name, team, reason, now.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        if (_told.Count >= MostTold)
        {
            _told.Clear();
        }

        // Others, and this replica's next process, tell it too: who hears knows it by its id.
        if (_told.TryAdd(id, true))
        {
            LogMisconfigured(attempt.Target.Name, reason, attempt.Target.Provider.Name);
            _waiting.Writer.TryWrite(new ProviderMisconfigured(id, attempt.Target.Provider.Name, attempt.Target.Name, attempt.Target.Model, team, reason, now));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var told in _waiting.Reader.ReadAllAsync(stoppingToken))
            {
                while (!await TryOweAsync(told, stoppingToken))
                {
                    await Task.Delay(TryAgain, time, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The next call there tells it again.
        }
    }

    private async Task<bool> TryOweAsync(ProviderMisconfigured told, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await outbox.AddAsync(transaction, told.EventId, told, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            outbox.Wake();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The edge: one that cannot be told is in the log, and the next ones are told.
            LogNotTold(exception, told.Target);
            return true;
        }
    }

    [LoggerMessage(LogLevel.Error, "That target {Target} refuses every call could not be told.")]
    private partial void LogNotTold(Exception exception, string target);

    [LoggerMessage(LogLevel.Error, "Target {Target} {Reason}: calls cannot be served there until provider {Provider} is set right.")]
    private partial void LogMisconfigured(string target, string reason, string provider);
}
