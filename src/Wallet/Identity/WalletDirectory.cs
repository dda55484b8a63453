using Microsoft.Extensions.Diagnostics.HealthChecks;
using Platform.ServiceDefaults.Identity;

namespace Platform.Wallet.Identity;

/// <summary>What a stream is to send next.</summary>
/// <param name="Snapshot">The rows are everything, since the stream lacks more than the latest changes.</param>
/// <param name="Revision">The one that the rows lead to.</param>
/// <param name="Changed">Ends with the next change.</param>
internal sealed record DirectoryRead(bool Snapshot, DirectoryRows Rows, long Revision, Task Changed);

/// <summary>
/// The key directory in this replica's memory. The <see cref="DirectoryFeed"/> brings it up to date; authentication and the streams read it.
/// </summary>
internal sealed class WalletDirectory(TimeProvider time) : IKeyDirectory, IHealthCheck
{
    private const int KeptChanges = 4096;

    /// <summary>How long the directory is trusted after the database was last asked and answered.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>How long what was read is taken for all that has changed. Streams are silent after it: a change may have been missed, and another replica may know it.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(3);

    private readonly Lock _changing = new();
    private State _state = new(new KeyTable(), new Dictionary<string, KeyRow>(), [], [], new ChangeLog(long.MaxValue, KeptChanges));
    private TaskCompletionSource _changed = NewSignal();
    private long _revision = -1;
    private long _lastRead = long.MinValue;

    public string Currency { get; private set; } = "";

    public string Organisation { get; private set; } = "";

    public bool IsCurrent => WasReadWithin(Grace);

    /// <summary>The database has answered just now: all that has changed is known here.</summary>
    public bool IsFresh => WasReadWithin(Freshness);

    /// <summary>The organisation's, as far as it is known here; -1 before the first load.</summary>
    public long Revision => Volatile.Read(ref _revision);

    public KeyStanding Find(string secret, out Caller? caller) => Volatile.Read(ref _state).Table.Find(secret, time.GetUtcNow(), out caller);

    /// <summary>True while this key, found earlier, may go on with what it began.</summary>
    public bool IsStillUsable(string keyId)
    {
        lock (_changing)
        {
            return _state.Keys.TryGetValue(keyId, out var key)
                && key.At(time.GetUtcNow()) == KeyState.Active && !_state.FrozenTeams.ContainsKey(key.TeamId) && !_state.DisabledUsers.ContainsKey(key.UserId);
        }
    }

    public KeyRow? FindKey(string keyId)
    {
        lock (_changing)
        {
            return _state.Keys.GetValueOrDefault(keyId);
        }
    }

    /// <summary>Begins anew with the whole directory, at least as new as the organisation's revision.</summary>
    /// <param name="askedAt">Timestamp from before the database was asked: an answer that was held up tells nothing of the time since.</param>
    public void Load(OrganisationRow organisation, DirectoryRows all, long askedAt)
    {
        var state = new State(new KeyTable(), new Dictionary<string, KeyRow>(all.Keys.Count), [], [], new ChangeLog(organisation.Revision, KeptChanges));
        state.Apply(all);
        Change(organisation, changed: true, askedAt, () => Volatile.Write(ref _state, state));
    }

    /// <summary>Takes over what changed from the known revision to the organisation's, and wakes the streams.</summary>
    /// <param name="askedAt">As for <see cref="Load"/>.</param>
    public void Apply(OrganisationRow organisation, DirectoryRows changes, long askedAt) => Change(
        organisation, organisation.Revision > _revision, askedAt, () =>
        {
            _state.Apply(changes);
            _state.Log.Add([.. changes.Teams, .. changes.Users, .. changes.Keys]);
        });

    /// <summary>What a stream that has sent everything up to a revision is to send next; -1 for a new one.</summary>
    public DirectoryRead ReadAfter(long revision)
    {
        lock (_changing)
        {
            var rows = revision > _revision ? null : _state.Log.After(revision);
            return rows is null
                ? new(true, new([.. _state.FrozenTeams.Values], [.. _state.DisabledUsers.Values], [.. _state.Keys.Values]), _revision, _changed.Task)
                : new(false, new([.. rows.OfType<TeamState>()], [.. rows.OfType<UserState>()], [.. rows.OfType<KeyRow>()]), _revision, _changed.Task);
        }
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        IsCurrent ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The key directory was not read from the database."));

    private bool WasReadWithin(TimeSpan limit)
    {
        var lastRead = Volatile.Read(ref _lastRead);
        return lastRead != long.MinValue && time.GetElapsedTime(lastRead) <= limit;
    }

    private void Change(OrganisationRow organisation, bool changed, long askedAt, Action apply)
    {
        TaskCompletionSource? signal = null;
        lock (_changing)
        {
            Organisation = organisation.Name;
            Currency = organisation.Currency;
            if (changed)
            {
                apply();
                Volatile.Write(ref _revision, organisation.Revision);
                signal = _changed;
                _changed = NewSignal();
            }

            Volatile.Write(ref _lastRead, askedAt);
        }

        signal?.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>One directory; all but the table only under the lock.</summary>
    /// <param name="Keys">By key id: those that are not revoked.</param>
    private sealed record State(
        KeyTable Table, Dictionary<string, KeyRow> Keys, Dictionary<string, TeamState> FrozenTeams, Dictionary<string, UserState> DisabledUsers, ChangeLog Log)
    {
        public void Apply(DirectoryRows rows)
        {
            foreach (var team in rows.Teams)
            {
                Set(FrozenTeams, team.TeamId, team.Frozen ? team : null);
                Table.SetTeam(team.TeamId, team.Frozen);
            }

            foreach (var user in rows.Users)
            {
                Set(DisabledUsers, user.UserId, user.Disabled ? user : null);
                Table.SetUser(user.UserId, user.Disabled);
            }

            foreach (var key in rows.Keys)
            {
                Set(Keys, key.KeyId, key.RevokedAt is null ? key : null);
                if (key.RevokedAt is null)
                {
                    Table.SetKey(KeyHash.From(key.SecretSha256), key.ToCaller(), key.ExpiresAt, key.FrozenAt is not null);
                }
                else
                {
                    Table.RemoveKey(KeyHash.From(key.SecretSha256));
                }
            }
        }

        private static void Set<T>(Dictionary<string, T> rows, string id, T? row)
            where T : class
        {
            if (row is null)
            {
                rows.Remove(id);
            }
            else
            {
                rows[id] = row;
            }
        }
    }
}
