using System.Collections.Concurrent;
using Grpc.Core;
using Npgsql;
using Platform.Contracts.Wallet.V1;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.IntegrationTests.Crashes;

/// <summary>Callers that hold and report as fast as they are answered, and remember what they were answered.</summary>
internal sealed class HoldCallers(WalletClient client, string team)
{
    public const long CostNanos = 40;

    /// <summary>Of the services among each other, which alone may hold; without its prefix.</summary>
    public const string ServiceToken = "servicetokenofthedatabasecrash0000000000000";

    private const int Callers = 32;
    private const long BoundNanos = 100;

    private static readonly Metadata Gateway = new() { { "authorization", $"Bearer kt_live_{ServiceToken}" } };

    private readonly ConcurrentDictionary<Guid, HoldState> _answered = new();
    private readonly ConcurrentQueue<Guid> _unanswered = new();

    public int Answered => _answered.Count;

    public int Unanswered => _unanswered.Count;

    /// <summary>Calls until each caller gets no answer, or finds when it has one that it is to end: on a slow machine one may have made no call while there was nobody to answer.</summary>
    public Task CallAsync(CancellationToken stop, CancellationToken cancellationToken) => Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
    {
        while (!stop.IsCancellationRequested)
        {
            var attempt = Guid.CreateVersion7();
            try
            {
                await CallAsync(attempt, cancellationToken);
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.Unavailable)
            {
                _unanswered.Enqueue(attempt);
                return;
            }
        }
    }));

    /// <summary>Asks what was not answered again, until it is.</summary>
    public async Task AskAgainAsync(CancellationToken cancellationToken)
    {
        while (_unanswered.TryDequeue(out var attempt))
        {
            try
            {
                await CallAsync(attempt, cancellationToken);
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.Unavailable)
            {
                _unanswered.Enqueue(attempt);
            }
        }
    }

    /// <summary>Attempts of which the database does not have what their callers were answered.</summary>
    public async Task<List<Guid>> FindLostAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("SELECT attempt_id, state FROM hold WHERE team_id = $1");
        command.Parameters.Add(new() { Value = team });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var kept = new Dictionary<Guid, HoldState>();
        while (await reader.ReadAsync(cancellationToken))
        {
            kept.Add(reader.GetGuid(0), (HoldState)reader.GetInt16(1));
        }

        return [.. _answered.Where(answer => kept.GetValueOrDefault(answer.Key) < answer.Value).Select(answer => answer.Key)];
    }

    private async Task CallAsync(Guid attempt, CancellationToken cancellationToken)
    {
        var id = attempt.ToString();
        var hold = await client.CreateHoldAsync(
            new CreateHoldRequest { AttemptId = id, TeamId = team, BoundNanos = BoundNanos, Currency = "USD", Sent = true }, Gateway,
            cancellationToken: cancellationToken);
        Assert.True(hold.Outcome is HoldOutcome.Held or HoldOutcome.Exists, $"A hold of a funded wallet answered {hold.Outcome}.");
        _answered[attempt] = HoldState.Sent;
        await client.ReportHoldAsync(
            new ReportHoldRequest { AttemptId = id, CostNanos = CostNanos }, Gateway, cancellationToken: cancellationToken);
        _answered[attempt] = HoldState.Reported;
    }
}
