using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Wallet.Identity;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Start;

/// <summary>
/// Makes an empty database usable, before the server listens: the organisation with its opening amount, a first team, an owner and the services' key.
/// On a later start nothing is done again, but tokens that are configured anew become keys, so that a restored database stays reachable. A revoked
/// token stays revoked.
/// </summary>
internal sealed partial class Bootstrap(LedgerDatabase database, IOptions<BootstrapOptions> options, TimeProvider time, ILogger<Bootstrap> log)
    : IHostedService
{
    private const string SupportTeam = "team_support";
    private static readonly Actor Actor = new("bootstrap", Role.Owner);
    private const long AdvisoryLock = 0x4B54_424F_4F54; // "KTBOOT"

    public Task StartAsync(CancellationToken cancellationToken) => RunAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    internal Task RunAsync(CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            // Replicas that start at once do it one after the other, however long that takes.
            await using var command = new NpgsqlCommand($"SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock({AdvisoryLock})", transaction.Connection, transaction);
            await command.ExecuteNonQueryAsync(cancellationToken);
            var now = time.GetUtcNow().TruncateToMicroseconds();
            await AddOrganisationAsync(transaction, now, cancellationToken);
            await AddMissingKeysAsync(transaction, now, cancellationToken);
            return (true, true);
        },
        cancellationToken);

    private async Task AddOrganisationAsync(NpgsqlTransaction transaction, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT currency FROM identity.organisation", transaction.Connection, transaction);
        if (await command.ExecuteScalarAsync(cancellationToken) is string currency)
        {
            if (currency != options.Value.Currency)
            {
                LogOtherCurrency(options.Value.Currency, currency);
            }

            return;
        }

        var wanted = options.Value;
        await IdentityStore.InsertOrganisationAsync(transaction, wanted.Organisation, wanted.Currency, now, cancellationToken);
        await IdentityStore.AuditAsync(
            transaction, new AuditEntry(Actor.KeyId, AuditActions.CreateOrganisation, wanted.Organisation, null, $$"""{"currency": "{{wanted.Currency}}"}"""), now,
            cancellationToken);
        await LedgerStore.InsertWalletAsync(
            transaction, WalletAccounts.New(WalletAccounts.OrganisationId, "", wanted.Organisation, wanted.Currency, parentId: ""), now, cancellationToken);
        var (revision, _) = await IdentityStore.BeginChangeAsync(transaction, cancellationToken);
        await new IdentityChange(transaction, Actor, revision, wanted.Currency, now, cancellationToken)
            .AddTeamAsync(new Team { TeamId = SupportTeam, Name = "Support", CreatedAt = now.ToTimestampUtc() });
        await CreditOpeningAmountAsync(transaction, now, cancellationToken);
        LogOrganisationMade(wanted.Organisation, wanted.OpeningAmount, wanted.Currency);
    }

    private async Task CreditOpeningAmountAsync(NpgsqlTransaction transaction, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!Money.TryFromDecimal(options.Value.OpeningAmount, out var amount) || amount.Nanos == 0)
        {
            return;
        }

        var unit = new LedgerUnit(await LedgerStore.LockAsync(transaction, [WalletAccounts.OrganisationId], cancellationToken), now);
        unit.Credit(WalletAccounts.OrganisationId, amount.Nanos, new TransferDetails(Actor.KeyId, now, "Opening amount"));
        await MoveFunds.WriteAsync(transaction, unit, cancellationToken);
    }

    private async Task AddMissingKeysAsync(NpgsqlTransaction transaction, DateTimeOffset now, CancellationToken cancellationToken)
    {
        (string Secret, string Name, Role Role, string Team, string Workload)[] wanted =
        [
            (options.Value.OwnerToken, "Owner", Role.Owner, "", ""),
            (options.Value.ServiceToken, "Services", Role.Gateway, "", ""),
            (options.Value.SupportKey, "Support", Role.Inference, SupportTeam, "interactive"),
        ];
        foreach (var key in wanted)
        {
            if (await KeyStore.SecretExistsAsync(transaction, KeySecret.Hash(key.Secret), cancellationToken))
            {
                continue;
            }

            var (revision, currency) = await IdentityStore.BeginChangeAsync(transaction, cancellationToken);
            var change = new IdentityChange(transaction, Actor, revision, currency, now, cancellationToken);
            var made = change.NewKey(key.Secret, key.Name, key.Role) with { TeamId = key.Team, Workload = key.Workload };
            await change.AddKeyAsync(made);
            LogKeyMade(made.KeyId, key.Name);
        }
    }

    [LoggerMessage(LogLevel.Information, "Made organisation {Organisation} with an opening amount of {Amount} {Currency}.")]
    private partial void LogOrganisationMade(string organisation, decimal amount, string currency);

    [LoggerMessage(LogLevel.Information, "Made key {KeyId} ({Name}) from the configured token.")]
    private partial void LogKeyMade(string keyId, string name);

    [LoggerMessage(LogLevel.Warning, "Currency {Configured} is configured, but the organisation's is {Currency} and stays so.")]
    private partial void LogOtherCurrency(string configured, string currency);
}
