using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Platform.Testing;

namespace Platform.Postgres.Tests;

/// <summary>A loop goes on whatever its look fails with, and says so.</summary>
public sealed partial class LookLoopTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly KeptLog _log = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_look_that_fails_for_what_is_in_it_is_tried_again_after_longer_and_longer_and_is_seen_until_one_succeeds()
    {
        var (loop, fails, looks) = ($"loop{Guid.CreateVersion7():N}", true, 0);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using var counted = new CountOf(loop);
        var running = LookLoop.RunAsync(
            _ =>
            {
                Interlocked.Increment(ref looks);
                return Volatile.Read(ref fails) ? throw new OverflowException("a figure out of its range") : Task.CompletedTask;
            },
            _ => Assert.Fail("No database was away."), Pause, _time, _log, stop.Token, $"/src/{loop}.cs");

        await UntilAsync(() => _log.Errors >= 6, "six looks to fail");
        Assert.Contains($"{loop} fails again and again, see the log: a figure out of its range", (await HealthAsync()).Description, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Degraded, (await HealthAsync()).Status);
        Volatile.Write(ref fails, false);
        var before = Volatile.Read(ref looks);
        await UntilAsync(() => Volatile.Read(ref looks) > before + 1, "looks to go on");
        await stop.CancelAsync();
        await running;

        Assert.Equal(_log.Errors, counted.Failures);
        Assert.Equal([10, 20, 40, 60, 60, 60], _log.Lines.Take(6).Select(line => int.Parse(SecondsPattern().Match(line).Groups[1].Value, CultureInfo.InvariantCulture)));
        Assert.DoesNotContain(loop, (await HealthAsync()).Description ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_away_is_no_failure_of_the_loop()
    {
        var (loop, away) = ($"loop{Guid.CreateVersion7():N}", 0);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using var counted = new CountOf(loop);
        var running = LookLoop.RunAsync(
            _ => throw new NpgsqlException("away"), _ => Interlocked.Increment(ref away), Pause, _time, _log, stop.Token, $"/src/{loop}.cs");
        await UntilAsync(() => Volatile.Read(ref away) >= 2, "two looks to fail");
        await stop.CancelAsync();
        await running;

        Assert.Equal((0, 0), (counted.Failures, _log.Errors));
        Assert.DoesNotContain(loop, (await HealthAsync()).Description ?? "", StringComparison.Ordinal);
    }

    /// <summary>Lets time pass, second by second, until it is so.</summary>
    private Task UntilAsync(Func<bool> condition, string what) => Eventually.TrueAsync(
        () =>
        {
            for (var second = 0; second < 10 && !condition(); second++)
            {
                _time.Advance(TimeSpan.FromSeconds(1));
            }

            return Task.FromResult(condition());
        },
        TimeSpan.FromSeconds(50), what);

    private static Task<HealthCheckResult> HealthAsync() => new LoopHealthCheck().CheckHealthAsync(new HealthCheckContext(), Cancel);

    [GeneratedRegex("trying again in ([0-9]+) s")]
    private static partial Regex SecondsPattern();

    /// <summary>What is counted of one loop.</summary>
    private sealed class CountOf : IDisposable
    {
        private readonly MeterListener _listener = new();
        private int _failures;

        public CountOf(string loop)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "kt.loop.failures")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
            {
                foreach (var tag in tags)
                {
                    if (tag is { Key: "kt.loop", Value: string of } && of == loop)
                    {
                        Interlocked.Increment(ref _failures);
                    }
                }
            });
            _listener.Start();
        }

        public int Failures => Volatile.Read(ref _failures);

        public void Dispose() => _listener.Dispose();
    }
}
