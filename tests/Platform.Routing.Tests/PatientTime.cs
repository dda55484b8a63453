namespace Platform.Routing.Tests;

/// <summary>The machine's time, in which whoever gives a server seconds to answer gives it minutes: on a busy machine a database stands still for that long, and the test is about something else.</summary>
internal sealed class PatientTime : TimeProvider
{
    private const int Factor = 20;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime >= TimeSpan.FromSeconds(2) && dueTime <= TimeSpan.FromSeconds(10) ? dueTime * Factor : dueTime, period);
}
