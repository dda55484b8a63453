using System.Collections.Concurrent;
using Grpc.Core;
using Npgsql;
using Platform.Contracts.Wallet.V1;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.IntegrationTests.Torture;

/// <summary>
/// Looks at every wallet again and again, in the database and through the service, and notes whatever must never be seen: an account below zero, accounts
/// that do not add up, more spent than was funded, spent money that came back, money that appeared or vanished.
/// </summary>
internal sealed class CeilingObserver(string walletDatabase, WalletClient wallet, Metadata token)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan VerifyInterval = TimeSpan.FromSeconds(3);

    // One statement, so that all wallets are seen at one moment.
    private const string Balances = "SELECT wallet_id, available, held, suspense, spent, credited, moved_out, overage FROM wallet";

    private readonly ConcurrentDictionary<string, long> _spent = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private int _inDatabase;
    private int _throughService;
    private int _verified;

    /// <summary>Looks that were answered, at all wallets each.</summary>
    public (int InDatabase, int ThroughService, int Verified) Looks => (_inDatabase, _throughService, _verified);

    public IReadOnlyCollection<string> Violations => _violations;

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(
        RepeatAsync(LookInDatabaseAsync, Interval, stop), RepeatAsync(LookThroughServiceAsync, Interval, stop), RepeatAsync(VerifyAsync, VerifyInterval, stop));

    private static async Task RepeatAsync(Func<CancellationToken, Task> look, TimeSpan interval, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await look(stop);
            }
            catch (Exception exception) when (exception is RpcException or NpgsqlException or OperationCanceledException)
            {
                // The replica that was asked, or the database, is one of those that are made to fail; the next look asks again.
            }

            await Task.Delay(interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookInDatabaseAsync(CancellationToken stop)
    {
        await using var connection = new NpgsqlConnection(walletDatabase);
        await connection.OpenAsync(stop);
        await using var command = new NpgsqlCommand(Balances, connection);
        await using var reader = await command.ExecuteReaderAsync(stop);
        var seen = new List<WalletView>();
        while (await reader.ReadAsync(stop))
        {
            seen.Add(new WalletView
            {
                WalletId = reader.GetString(0), AvailableNanos = reader.GetInt64(1), HeldNanos = reader.GetInt64(2), SuspenseNanos = reader.GetInt64(3),
                SpentNanos = reader.GetInt64(4), CreditedNanos = reader.GetInt64(5), MovedOutNanos = reader.GetInt64(6), OverageNanos = reader.GetInt64(7),
            });
        }

        Judge("database", seen);
        Interlocked.Increment(ref _inDatabase);
    }

    private async Task LookThroughServiceAsync(CancellationToken stop)
    {
        Judge("service", (await wallet.ListWalletsAsync(new ListWalletsRequest(), token, cancellationToken: stop)).Wallets);
        Interlocked.Increment(ref _throughService);
    }

    private async Task VerifyAsync(CancellationToken stop)
    {
        var answer = await wallet.VerifyAsync(new VerifyRequest(), token, cancellationToken: stop);
        foreach (var finding in answer.Findings)
        {
            _violations.Enqueue($"verify: {finding}");
        }

        Interlocked.Increment(ref _verified);
    }

    private void Judge(string where, IReadOnlyCollection<WalletView> wallets)
    {
        // What was spent is read before this look by any other one, so it may not be less now; through the service it may be a look that began before.
        foreach (var view in wallets)
        {
            foreach (var complaint in Complaints(view))
            {
                _violations.Enqueue($"{where}: {view.WalletId} {complaint}: {view}");
            }

            var most = _spent.AddOrUpdate($"{where} {view.WalletId}", view.SpentNanos, (_, before) => Math.Max(before, view.SpentNanos));
            if (view.SpentNanos < most)
            {
                _violations.Enqueue($"{where}: {view.WalletId} had spent {most} and then {view.SpentNanos}");
            }
        }

        var inside = wallets.Sum(view => view.AvailableNanos + view.HeldNanos + view.SuspenseNanos + view.SpentNanos - view.OverageNanos);
        var outside = wallets.Single(view => view.WalletId == "wal_organisation").CreditedNanos;
        if (inside != outside)
        {
            _violations.Enqueue($"{where}: all wallets have {inside}, but {outside} was credited");
        }
    }

    private static IEnumerable<string> Complaints(WalletView view)
    {
        if (view.CreditedNanos - view.MovedOutNanos + view.OverageNanos != view.AvailableNanos + view.HeldNanos + view.SuspenseNanos + view.SpentNanos)
        {
            yield return "does not add up";
        }

        if (new[] { view.AvailableNanos, view.HeldNanos, view.SuspenseNanos, view.SpentNanos, view.CreditedNanos, view.MovedOutNanos }.Min() < 0)
        {
            yield return "is below zero";
        }

        // The provider of this run honours bounds, so nothing may ever be beyond them.
        if (view.OverageNanos != 0 || view.SpentNanos > view.CreditedNanos - view.MovedOutNanos)
        {
            yield return "spent more than it was funded";
        }
    }
}
