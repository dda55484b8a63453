using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Dashboard.Figures;

/// <summary>One wallet as people know it: what leases have not drawn is available.</summary>
/// <param name="TeamId">Empty for the organisation's; of a user's or an application's the team that funds it.</param>
/// <param name="Policy">What its owner decided, such as that it is frozen or only observes.</param>
public sealed record WalletLine(
    string WalletId, WalletScope Scope, string TeamId, string Name, string Currency, Money Available, Money Held, Money Suspense, Money Spent, Money Overage,
    WalletStatus Status, WalletPolicy Policy)
{
    /// <summary>What the wallet was given and still answers for, so that the four parts add up to it.</summary>
    public Money Funded => Available + Held + Suspense + Spent;

    public bool Frozen => Policy.Frozen;

    /// <summary>Nobody has put money into it, or all was taken back before any was spent: it is empty, and did not run out.</summary>
    public bool Unfunded { get; private init; }

    public static WalletLine From(WalletView view) => new(
        view.WalletId,
        view.Scope,
        view.TeamId,
        view.Name,
        view.Currency,
        new Money(view.AvailableNanos + view.LeasedUndrawnNanos),
        new Money(view.HeldNanos - view.LeasedUndrawnNanos),
        new Money(view.SuspenseNanos),
        new Money(view.SpentNanos),
        new Money(view.OverageNanos),
        view.Status,
        view.Policy ?? new WalletPolicy())
    {
        Unfunded = view is { CreditedNanos: 0, AvailableNanos: 0, HeldNanos: 0, SuspenseNanos: 0, SpentNanos: 0, OverageNanos: 0 },
    };
}

/// <summary>Of several wallets together, each part as of <see cref="WalletLine"/>.</summary>
public sealed record WalletSums(Money Available, Money Held, Money Suspense)
{
    public static WalletSums From(WalletTotals totals) =>
        new(new Money(totals.AvailableNanos + totals.LeasedUndrawnNanos), new Money(totals.HeldNanos - totals.LeasedUndrawnNanos), new Money(totals.SuspenseNanos));
}

/// <param name="All">The organisation's first, then teams by id, each followed by those of its users and applications that were asked for.</param>
/// <param name="TeamId">Whose users' and applications' were asked for, the emptiest of them where there are many; empty: of all teams those that somebody has to act on.</param>
/// <param name="Others">Wallets of users and applications, of that team or of all, that are not among <paramref name="All"/>.</param>
/// <param name="OthersToActOn">Those of them that somebody has to act on; 0 where a team was asked for.</param>
/// <param name="Sums">Of all wallets together; where a team was asked for of its users' and applications' alone. Null where nobody summed them.</param>
public sealed record WalletFigures(IReadOnlyList<WalletLine> All, string TeamId, long Others, long OthersToActOn, WalletSums? Sums)
{
    private readonly Dictionary<string, WalletLine> _teams =
        All.Where(wallet => wallet.Scope == WalletScope.Team).ToDictionary(wallet => wallet.TeamId, StringComparer.Ordinal);

    private readonly HashSet<string> _sharedNames =
    [
        .. All.Where(wallet => wallet.Scope == WalletScope.Team).GroupBy(wallet => wallet.Name, StringComparer.Ordinal).Where(name => name.Count() > 1)
            .Select(name => name.Key),
    ];

    /// <summary>Null before the organisation has a wallet.</summary>
    public WalletLine? Organisation { get; } = All.FirstOrDefault(wallet => wallet.Scope == WalletScope.Organisation);

    /// <summary>The teams' own wallets, by team id.</summary>
    public IReadOnlyList<WalletLine> Teams { get; } = [.. All.Where(wallet => wallet.Scope == WalletScope.Team)];

    /// <param name="teams">The organisation's wallet and the teams', in the order of ids.</param>
    /// <param name="callers">Of users and applications those that were asked for, with the totals of all that were.</param>
    /// <param name="all">Of all wallets; of a chosen team's users and applications where there is one.</param>
    internal static WalletFigures Of(string teamId, IReadOnlyList<WalletView> teams, ListWalletsResponse callers, WalletTotals all)
    {
        var below = callers.Wallets.OrderBy(wallet => wallet.WalletId, StringComparer.Ordinal).ToLookup(wallet => wallet.TeamId);
        return new WalletFigures(
            [.. teams.SelectMany(team => below[team.TeamId].Prepend(team)).Select(WalletLine.From)], teamId,
            all.Wallets - callers.Wallets.Count - (teamId.Length == 0 ? teams.Count : 0), teamId.Length == 0 ? callers.Totals.Wallets - callers.Wallets.Count : 0,
            WalletSums.From(all));
    }

    public WalletLine? Of(string teamId) => teamId.Length == 0 ? Organisation : _teams.GetValueOrDefault(teamId);

    /// <summary>For people: a team's name, with its id where another team has the same one.</summary>
    public string NameOf(string teamId) => Of(teamId) switch
    {
        { Name.Length: > 0 } wallet when !_sharedNames.Contains(wallet.Name) => wallet.Name,
        { Name.Length: > 0 } wallet => $"{wallet.Name} ({teamId})",
        _ => teamId,
    };

    /// <summary>Teams that have the text in their name or id, in any case, by name; those whose name or id it is come first, then those that begin with it.</summary>
    /// <param name="most">At least 1.</param>
    /// <returns>As many as asked for at most, and how many there are.</returns>
    public (IReadOnlyList<WalletLine> Teams, int All) Matching(string text, int most)
    {
        var wanted = text.Trim();
        var all = Teams.Where(team => wanted.Length > 0 && (Has(team.Name) || Has(team.TeamId))).ToList();
        return ([.. all.OrderByDescending(team => IsNamed(team, wanted)).ThenByDescending(team => Begins(team.Name) || Begins(team.TeamId))
            .ThenBy(team => NameOf(team.TeamId), StringComparer.OrdinalIgnoreCase).Take(most)], all.Count);

        bool Has(string name) => name.Contains(wanted, StringComparison.OrdinalIgnoreCase);

        bool Begins(string name) => name.StartsWith(wanted, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether the text is a team's id, or its name where no other team has the same.</summary>
    public bool IsNamed(WalletLine team, string text) =>
        team.TeamId.Equals(text.Trim(), StringComparison.OrdinalIgnoreCase) || NameOf(team.TeamId).Equals(text.Trim(), StringComparison.OrdinalIgnoreCase);
}
