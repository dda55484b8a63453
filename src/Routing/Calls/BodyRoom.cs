using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;

namespace Platform.Routing.Calls;

/// <summary>
/// How many bytes of large bodies are held at once, in all and of one team: each is in memory from its first byte until its call has ended, and nothing is paid for before it is read.
/// For any number of threads.
/// </summary>
internal sealed class BodyRoom
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _ofTeam = new(StringComparer.Ordinal);
    private readonly IOptions<GatewayOptions> _options;
    private long _all;

    public BodyRoom(IOptions<GatewayOptions> options, IMeterFactory meters)
    {
        _options = options;
        meters.Create("Platform.Routing").CreateObservableGauge("kt.routing.bodies.held", () => HeldBytes, "By", "Large bodies that are held, from their first byte until their calls have ended.");
    }

    public long HeldBytes => Volatile.Read(ref _all);

    /// <summary>Room for one body, none of it taken yet; all that was taken is given back by disposing of it.</summary>
    public Share Open(string teamId) => new(this, teamId);

    private bool TryTake(string teamId, long bytes)
    {
        lock (_gate)
        {
            var taken = _ofTeam.GetValueOrDefault(teamId) + bytes;
            if (_all + bytes > _options.Value.LargeBodiesBytes || taken > _options.Value.LargeBodiesBytesPerTeam)
            {
                return false;
            }

            _all += bytes;
            _ofTeam[teamId] = taken;
            return true;
        }
    }

    private void GiveBack(string teamId, long bytes)
    {
        lock (_gate)
        {
            _all -= bytes;
            if ((_ofTeam[teamId] -= bytes) == 0)
            {
                _ofTeam.Remove(teamId);
            }
        }
    }

    /// <summary>For one body's reader at a time.</summary>
    internal sealed class Share(BodyRoom room, string teamId) : IDisposable
    {
        private long _bytes;

        /// <summary>False, and nothing more is taken, when all room or all of the team's is.</summary>
        public bool TryGrowTo(long bytes)
        {
            if (bytes > _bytes)
            {
                if (!room.TryTake(teamId, bytes - _bytes))
                {
                    return false;
                }

                _bytes = bytes;
            }

            return true;
        }

        public void Dispose()
        {
            if (_bytes > 0)
            {
                room.GiveBack(teamId, _bytes);
                _bytes = 0;
            }
        }
    }
}
