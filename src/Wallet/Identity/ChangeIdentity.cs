using Google.Protobuf;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Identity;

/// <summary>The changes themselves, each with its line in the audit log; the operations and the bootstrap share them.</summary>
internal static class ChangeIdentity
{
    public static async Task<Team> AddTeamAsync(
        NpgsqlTransaction transaction, string teamId, string name, string currency, string actor, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var team = new Team { TeamId = teamId, Name = name, CreatedAt = now.ToTimestampUtc() };
        await IdentityStore.InsertTeamAsync(transaction, teamId, name, now, cancellationToken);
        await LedgerStore.InsertWalletAsync(
            transaction, WalletAccounts.New(WalletAccounts.IdOf(teamId), teamId, name, currency, WalletAccounts.OrganisationId), now, cancellationToken);
        await IdentityStore.AuditAsync(transaction, new AuditEntry(actor, "team.create", teamId, null, Json(team)), now, cancellationToken);
        return team;
    }

    public static async Task<ApiKey> AddKeyAsync(
        NpgsqlTransaction transaction, string secret, string name, Role role, string teamId, string workload, long revision, string actor,
        DateTimeOffset now, CancellationToken cancellationToken)
    {
        var row = new KeyRow(
            $"key_{Guid.CreateVersion7(now):N}", KeySecret.Hash(secret), KeySecret.Hint(secret), name, role, teamId, workload, now, null, revision);
        await IdentityStore.InsertKeyAsync(transaction, row, cancellationToken);
        var key = row.ToContract();
        await IdentityStore.AuditAsync(transaction, new AuditEntry(actor, "key.create", row.KeyId, null, Json(key)), now, cancellationToken);
        return key;
    }

    public static string Json(IMessage message) => JsonFormatter.Default.Format(message);
}
