using System.Diagnostics;

namespace Platform.Testing;

/// <summary>
/// How soon a change is promised to have its effect, end to end and by real clocks. A machine that stands still makes one change late, and says nothing of the platform; one that is slower than
/// promised is late most times.
/// </summary>
public static class Promise
{
    /// <summary>Of every change of keys, wallets, caps and policies.</summary>
    public static readonly TimeSpan TwoSeconds = TimeSpan.FromSeconds(2);

    /// <summary>Far beyond every promise: who waits so long for an effect tells what is late from what never comes.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Of the same change, so that two that are late are outvoted by three in time.</summary>
    private const int Most = 5;

    /// <summary>
    /// Makes the changes one after the other, each once the effect of the one before it is seen, and fails the test that one of them breaks the promise in: was it late, all are made again, until each
    /// was in time more often than late.
    /// </summary>
    /// <returns>How often they were made; once, where none was late.</returns>
    /// <exception cref="TimeoutException">One of them was late most times.</exception>
    public static async Task<int> KeptAsync(TimeSpan within, params IReadOnlyList<Change> changes)
    {
        var took = changes.Select(_ => new List<TimeSpan>()).ToList();
        for (var made = 1; took.TrueForAll(times => Late(times) <= Most / 2); made++)
        {
            foreach (var (change, times) in changes.Zip(took))
            {
                await change.MakeAsync();
                var began = Stopwatch.GetTimestamp();
                await change.SeeAsync();
                times.Add(Stopwatch.GetElapsedTime(began));
            }

            if (took.TrueForAll(times => Late(times) * 2 < times.Count))
            {
                return made;
            }
        }

        var late = changes.Zip(took).Where(change => Late(change.Second) > Most / 2);
        throw new TimeoutException(
            $"Promised within {within.TotalSeconds:0.#} s, but {string.Join("; ", late.Select(change => $"{change.First.Effect} took {string.Join(", ", change.Second.Select(time => $"{time.TotalSeconds:0.0}"))} s"))}.");

        int Late(List<TimeSpan> times) => times.Count(time => time > within);
    }
}

/// <summary>A change that can be made again once those that follow it have been made.</summary>
/// <param name="Effect">What is promised, as a failure names it.</param>
/// <param name="MakeAsync">Ends when whoever makes the change has his answer; from then on time counts.</param>
/// <param name="SeeAsync">Ends when the effect is there.</param>
public sealed record Change(string Effect, Func<Task> MakeAsync, Func<Task> SeeAsync);
