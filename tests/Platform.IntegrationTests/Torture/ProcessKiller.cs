using System.Diagnostics;
using Platform.AppHost;
using Platform.NativeHost;

namespace Platform.IntegrationTests.Torture;

/// <summary><c>kill -9</c> of a random replica of a random service every two to four seconds, or as often as calls get through between, where replicas start more slowly than that.</summary>
internal sealed class ProcessKiller(RunningPlatform platform, Random random)
{
    private static readonly string[] Victims = [ResourceNames.Wallet, ResourceNames.Routing, ResourceNames.Metering];

    private const int AnsweredBetween = 20;

    private readonly List<string> _kills = [];

    /// <summary>Which service died and how long after the beginning, in order.</summary>
    public IReadOnlyList<string> Kills => _kills;

    /// <summary>How many calls were answered by now.</summary>
    public Func<int> Answered { get; set; } = () => 0;

    public async Task RunAsync(CancellationToken stop)
    {
        var (began, answered) = (Stopwatch.GetTimestamp(), 0);
        while (true)
        {
            await Task.Delay(random.Next(2_000, 4_000), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
            {
                return;
            }

            if (Answered() < answered + AnsweredBetween)
            {
                continue;
            }

            answered = Answered();
            var victim = Victims[random.Next(Victims.Length)];
            var running = NativeProcesses.Of(platform.App, victim);
            if (running.Count > 0 && TryKill(running[random.Next(running.Count)]))
            {
                _kills.Add($"{victim} after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
            }
        }
    }

    private static bool TryKill(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
            return true;
        }
        catch (ArgumentException)
        {
            return false; // It has ended in this moment.
        }
    }
}
