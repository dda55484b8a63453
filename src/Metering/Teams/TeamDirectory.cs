using System.Collections.Frozen;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Teams;

/// <summary>
/// Which teams exist, remembered. Teams are never removed, so a known one needs no question; an unknown one is only called so by an answer that was asked
/// for after the question arose. Questions are shared and spaced, so a flood of unknown teams costs Wallet a few calls a second.
/// </summary>
internal sealed class TeamDirectory(ITeamSource source, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _asking = new(1, 1);
    private FrozenSet<string> _known = FrozenSet<string>.Empty;
    private string? _currency;
    private long _round;
    private long _askedAt = long.MinValue;

    /// <summary>Those of the ids that no team has.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE when there are unknown ids and Wallet does not answer: nothing is refused for that.</exception>
    public async Task<IReadOnlySet<string>> FindUnknownAsync(IEnumerable<string> teamIds, CancellationToken cancellationToken)
    {
        var unknown = teamIds.Where(id => !Volatile.Read(ref _known).Contains(id)).ToHashSet(StringComparer.Ordinal);
        if (unknown.Count > 0)
        {
            await AskAsync(unknown, cancellationToken);
            unknown.ExceptWith(Volatile.Read(ref _known));
        }

        return unknown;
    }

    /// <summary>Nothing is recorded of a team that does not exist, and teams are never removed: a question about one is a slip, and no answer of 0.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND (TEAM_NOT_FOUND); UNAVAILABLE as above.</exception>
    public Task RequireAsync(IEnumerable<SpendFilter> filters, CancellationToken cancellationToken) =>
        RequireAsync(filters.Where(filter => filter.Dimension == SpendDimension.Team).SelectMany(filter => filter.Values).Where(id => id.Length > 0), cancellationToken);

    /// <summary>The same of ids, none of them empty.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND (TEAM_NOT_FOUND), which names one that no team has; UNAVAILABLE as above.</exception>
    public async Task RequireAsync(IEnumerable<string> teamIds, CancellationToken cancellationToken)
    {
        if ((await FindUnknownAsync(teamIds, cancellationToken)).FirstOrDefault() is { } unknown)
        {
            throw RpcErrors.NotFound(Reasons.TeamNotFound, $"There is no team '{Validation.Shown(unknown)}'; kt teams list names those that there are.");
        }
    }

    /// <summary>The organisation's one currency, ISO 4217; it never changes.</summary>
    public async Task<string> GetCurrencyAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _currency) ?? (_currency = await source.ReadCurrencyAsync(cancellationToken));

    public void Dispose() => _asking.Dispose();

    private async Task AskAsync(HashSet<string> unknown, CancellationToken cancellationToken)
    {
        var round = Volatile.Read(ref _round);
        await _asking.WaitAsync(cancellationToken);
        try
        {
            // A round that began after this question arose has answered it; one that was under way may have, since a team once known stays known.
            if (_round > round + 1 || unknown.IsSubsetOf(_known))
            {
                return;
            }

            var sinceLast = _askedAt == long.MinValue ? Spacing : time.GetElapsedTime(_askedAt);
            if (sinceLast < Spacing)
            {
                await Task.Delay(Spacing - sinceLast, time, cancellationToken);
            }

            _askedAt = time.GetTimestamp();
            Volatile.Write(ref _known, (await source.ReadTeamsAsync(cancellationToken)).Select(team => team.TeamId).ToFrozenSet(StringComparer.Ordinal));
            Volatile.Write(ref _round, _round + 1);
        }
        finally
        {
            _asking.Release();
        }
    }
}
