using Microsoft.Extensions.Options;

namespace Platform.Routing.Scheduled;

/// <summary>How many files go in or out at once, in all and of one team. For any number of threads.</summary>
internal abstract class TeamSlots(int most, int mostOfTeam)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _ofTeam = new(StringComparer.Ordinal);
    private int _all;

    /// <summary>A slot, which is given back by disposing of it; null when all, or all of the team's, are taken.</summary>
    public IDisposable? TryTake(string teamId)
    {
        lock (_gate)
        {
            var taken = _ofTeam.GetValueOrDefault(teamId);
            if (_all >= most || taken >= mostOfTeam)
            {
                return null;
            }

            _all++;
            _ofTeam[teamId] = taken + 1;
            return new Slot(this, teamId);
        }
    }

    private void GiveBack(string teamId)
    {
        lock (_gate)
        {
            _all--;
            if (--_ofTeam[teamId] == 0)
            {
                _ofTeam.Remove(teamId);
            }
        }
    }

    private sealed class Slot(TeamSlots slots, string teamId) : IDisposable
    {
        private int _isGivenBack;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isGivenBack, 1) == 0)
            {
                slots.GiveBack(teamId);
            }
        }
    }
}

/// <summary>Files that are taken in: each takes room on the disk for as long as its caller needs to send it.</summary>
internal sealed class UploadSlots(IOptions<ScheduledOptions> options) : TeamSlots(options.Value.Uploads, options.Value.UploadsPerTeam);

/// <summary>Results that are fetched: each holds a page of answers in memory for as long as its caller needs to take it.</summary>
internal sealed class ResultSlots(IOptions<ScheduledOptions> options) : TeamSlots(options.Value.ResultFetches, options.Value.ResultFetchesPerTeam);
