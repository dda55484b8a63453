using Google.Protobuf;
using Platform.Contracts.Identity.V1;
using Platform.Wallet.Controls;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Identity;

/// <summary>The changes themselves, each with its line in the audit log; the operations and the bootstrap share them.</summary>
internal static class ChangeIdentity
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    /// <summary>A team and its empty wallet.</summary>
    public static async Task AddTeamAsync(this IdentityChange change, Team team)
    {
        await TeamStore.InsertAsync(change, team);
        await LedgerStore.InsertWalletAsync(
            change.Transaction,
            WalletAccounts.New(WalletAccounts.IdOf(team.TeamId), team.TeamId, team.Name, change.Currency, WalletAccounts.OrganisationId),
            change.Now, change.CancellationToken);
        await change.AuditAsync(AuditActions.CreateTeam, team.TeamId, null, team);
    }

    /// <param name="together">What is made with the key and needs it to be there; before the key's own line in the audit log.</param>
    public static async Task AddKeyAsync(this IdentityChange change, KeyRow key, Func<Task>? together = null)
    {
        await KeyStore.InsertAsync(change, key);
        if (together is not null)
        {
            await together();
        }

        await change.AuditAsync(AuditActions.CreateKey, key.KeyId, null, key.ToContract());
    }

    /// <summary>Writes what may change of a key; its audit line has the action's name.</summary>
    public static async Task<ApiKey> ChangeKeyAsync(this IdentityChange change, string action, KeyRow before, KeyRow after)
    {
        await KeyStore.UpdateAsync(change, after);
        var answer = after.ToContract();
        await change.AuditAsync(action, after.KeyId, before.ToContract(), answer);
        return answer;
    }

    /// <summary>Has Forecast hear that calls were stopped, or may go on, from the change's commit on.</summary>
    /// <param name="subject">team or key.</param>
    public static Task OweFreezeAsync(this IdentityChange change, string subject, string subjectId, string teamId, bool frozen) => ControlEvents.OweAsync(
        change.Transaction, ControlEvents.OfFreeze(subject, subjectId, teamId, frozen, "", change.Actor.KeyId, change.Now), change.Now, change.CancellationToken);

    /// <summary>A key that is about to be made from a secret.</summary>
    public static KeyRow NewKey(this IdentityChange change, string secret, string name, Role role) => new()
    {
        KeyId = $"key_{Guid.CreateVersion7(change.Now):N}",
        SecretSha256 = KeySecret.Hash(secret),
        Hint = KeySecret.Hint(secret),
        Name = name,
        Role = role,
        CreatedAt = change.Now,
        Revision = change.Revision,
    };

    /// <summary>As the audit log shows it: fields named as in REST, unset ones left out.</summary>
    public static string Json(IMessage message) => Formatter.Format(message);
}
