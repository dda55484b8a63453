using Platform.Contracts.Identity.V1;

namespace Platform.Metering.Teams;

/// <summary>Where teams and the organisation's currency come from: Wallet, over the network.</summary>
internal interface ITeamSource
{
    Task<IReadOnlyCollection<KnownTeam>> ReadTeamsAsync(CancellationToken cancellationToken);

    /// <summary>ISO 4217.</summary>
    Task<string> ReadCurrencyAsync(CancellationToken cancellationToken);
}

/// <param name="Name">For people.</param>
/// <param name="Email">Of who answers for it; empty when nobody has said it.</param>
internal sealed record KnownTeam(string TeamId, string Name, string Email);

/// <summary>Asks Wallet's identity service under this service's own token.</summary>
internal sealed class IdentityTeamSource(Identity.IdentityClient identity, TimeProvider time) : ITeamSource
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task<IReadOnlyCollection<KnownTeam>> ReadTeamsAsync(CancellationToken cancellationToken)
    {
        using var call = identity.ListTeamsAsync(new ListTeamsRequest(), deadline: Deadline(), cancellationToken: cancellationToken);
        return [.. (await call).Teams.Select(team => new KnownTeam(team.TeamId, team.Name, team.Email))];
    }

    public async Task<string> ReadCurrencyAsync(CancellationToken cancellationToken)
    {
        using var call = identity.WhoAmIAsync(new WhoAmIRequest(), deadline: Deadline(), cancellationToken: cancellationToken);
        return (await call).Currency;
    }

    private DateTime Deadline() => time.GetUtcNow().UtcDateTime + Patience;
}
