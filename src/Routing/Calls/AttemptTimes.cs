using Platform.Routing.Policies;

namespace Platform.Routing.Calls;

/// <summary>How long an attempt may take: what its target's policy says, and else the process's options.</summary>
/// <param name="FirstByte">Until the answer begins.</param>
/// <param name="FirstToken">Of a stream, until something of the answer itself comes.</param>
/// <param name="Silence">Between pieces of the answer.</param>
internal readonly record struct AttemptTimes(TimeSpan FirstByte, TimeSpan FirstToken, TimeSpan Silence, TimeSpan Total)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <param name="elapsed">Since the call arrived: its attempts share its time.</param>
    public static AttemptTimes Of(GatewayOptions options, RouteTimeouts ofTarget, bool isStream, TimeSpan elapsed)
    {
        var ofCall = TimeSpan.FromSeconds(options.TotalSeconds);
        var total = ofTarget.Total ?? ofCall;

        // A target that is given more than a call usually is may use it, but for what the call's other attempts have taken.
        var left = (total > ofCall ? total : ofCall) - elapsed;
        total = total < left ? total : left;
        return new AttemptTimes(
            ofTarget.FirstByte ?? TimeSpan.FromSeconds(options.FirstByteSeconds),
            isStream ? ofTarget.FirstToken ?? TimeSpan.FromSeconds(options.FirstTokenSeconds) : TimeSpan.MaxValue,
            ofTarget.Silence ?? TimeSpan.FromSeconds(options.SilenceSeconds), total > Shortest ? total : Shortest);
    }
}
