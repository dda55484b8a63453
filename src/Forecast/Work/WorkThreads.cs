using System.Collections.Concurrent;

namespace Platform.Forecast.Work;

/// <summary>
/// Where forecasts are worked out: on as many threads as there are cores, which do nothing else, beside that of whoever asked. Those of the pool are for reading and answering: loops that take them as they
/// come hold all of them through a forecast of many teams, and what asks for nothing but a row waits until it is refused.
/// </summary>
internal sealed class WorkThreads : TaskScheduler
{
    private static readonly WorkThreads All = new(Environment.ProcessorCount);

    private readonly BlockingCollection<Task> _waiting = [];
    private readonly int _count;

    private WorkThreads(int count)
    {
        _count = count;
        for (var number = 1; number <= count; number++)
        {
            new Thread(Work) { IsBackground = true, Name = $"forecast {number}" }.Start();
        }
    }

    public override int MaximumConcurrencyLevel => _count;

    /// <summary>For loops of calculation, which are to be begun within <see cref="RunAsync"/>: the thread that begins one takes part in it.</summary>
    public static ParallelOptions Options(CancellationToken cancellationToken) => new() { TaskScheduler = All, MaxDegreeOfParallelism = All._count, CancellationToken = cancellationToken };

    /// <summary>Works something out on a thread of its own, so that what takes long holds up no short one: the system shares the cores out among them.</summary>
    public static Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(work, cancellationToken, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, Default);

    /// <summary>Does the same with each at once, as in <see cref="Options"/>.</summary>
    /// <returns>In their order.</returns>
    public static TResult[] Each<T, TResult>(IReadOnlyList<T> all, Func<T, TResult> work, CancellationToken cancellationToken = default)
    {
        var results = new TResult[all.Count];
        Parallel.For(0, results.Length, Options(cancellationToken), place => results[place] = work(all[place]));
        return results;
    }

    /// <summary>The same, with something large that each takes in its turn and fills anew.</summary>
    /// <param name="room">Made for as many as are at work at once, and some more.</param>
    public static TResult[] Each<T, TRoom, TResult>(IReadOnlyList<T> all, Func<TRoom> room, Func<T, TRoom, TResult> work, CancellationToken cancellationToken = default)
    {
        var results = new TResult[all.Count];
        Parallel.For(0, results.Length, Options(cancellationToken), room, (place, _, own) =>
        {
            results[place] = work(all[place], own);
            return own;
        }, _ => { });
        return results;
    }

    protected override void QueueTask(Task task) => _waiting.Add(task);

    /// <summary>A loop within a loop, and one whose other threads are all at work, is worked on by whoever waits for it.</summary>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [.. _waiting];

    private void Work()
    {
        foreach (var task in _waiting.GetConsumingEnumerable())
        {
            TryExecuteTask(task);
        }
    }
}
