using Npgsql;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Holds;

/// <summary>
/// The commands of one writer loop that need a row which another transaction keeps locked, of a wallet, of a cap's count or of the hold itself: they are refused
/// while that lasts, so that all others of the loop go on. Used by its loop alone.
/// </summary>
internal sealed class KeptCommands(TimeProvider time)
{
    private const string FindHolds = "SELECT attempt_id, wallet_id, cap_accounts FROM hold WHERE attempt_id = ANY($1) AND wallet_id IS NOT NULL";

    private readonly KeptRows _kept = new(time);

    public bool IsEmpty => _kept.IsEmpty;

    /// <summary>After a batch has waited in vain for a lock: remembers which of its rows are kept.</summary>
    public async Task LookAsync(NpgsqlConnection connection, IReadOnlyList<HoldCommand> commands)
    {
        await FindHoldsAsync(connection, commands);
        await _kept.LookAsync(connection, [.. commands.SelectMany(RowsOf).Distinct()], CancellationToken.None);
    }

    /// <summary>Takes the commands of kept rows out, after asking again about those whose pause is over.</summary>
    public async Task<List<HoldCommand>> TakeAsync(NpgsqlConnection connection, List<HoldCommand> commands)
    {
        await FindHoldsAsync(connection, commands);
        await _kept.AskAgainAsync(connection, commands.SelectMany(RowsOf), CancellationToken.None);
        return Take(commands);
    }

    /// <summary>Takes the commands of kept rows out.</summary>
    public List<HoldCommand> Take(List<HoldCommand> commands)
    {
        var taken = commands.FindAll(command => RowsOf(command).Any(_kept.Contains));
        commands.RemoveAll(taken.Contains);
        return taken;
    }

    /// <summary>The kept rows that these commands need.</summary>
    public IEnumerable<LedgerRow> KeptOf(IEnumerable<HoldCommand> commands) => commands.SelectMany(RowsOf).Distinct().Where(_kept.Contains);

    /// <summary>A step of a hold that was made before does not know its cap accounts, nor, of one that another replica made, its wallet.</summary>
    private static async Task FindHoldsAsync(NpgsqlConnection connection, IReadOnlyList<HoldCommand> commands)
    {
        var unknown = commands.OfType<ResolveHoldCommand>().Where(step => step.WalletId is null || step.CapAccounts is null).ToLookup(step => step.AttemptId);
        if (unknown.Count == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(FindHolds, connection) { Parameters = { new() { Value = unknown.Select(group => group.Key).ToArray() } } };
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            foreach (var step in unknown[reader.GetGuid(0)])
            {
                step.WalletId = reader.GetString(1);
                step.CapAccounts = reader.GetFieldValue<long[]>(2);
            }
        }
    }

    private static IEnumerable<LedgerRow> RowsOf(HoldCommand command)
    {
        if (command.WalletId is { } walletId)
        {
            yield return LedgerRow.Wallet(walletId);
        }

        if (command is ResolveHoldCommand)
        {
            yield return LedgerRow.Hold(command.AttemptId);
        }

        if (command is CreateHoldCommand { WithOrganisation: true })
        {
            yield return LedgerRow.Wallet(WalletAccounts.OrganisationId);
        }

        var accounts = command switch
        {
            CreateHoldCommand create => create.CapAccounts,
            ResolveHoldCommand { CapAccounts: { } known } => known,
            _ => [],
        };
        foreach (var account in accounts)
        {
            yield return LedgerRow.Cap(account);
        }
    }
}
