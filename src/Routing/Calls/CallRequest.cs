using Platform.Routing.Policies;
using Platform.Routing.Pricing;
using Platform.Routing.Shapes;

namespace Platform.Routing.Calls;

/// <summary>Where a value lies in the caller's body, in bytes. Empty: it is not there.</summary>
internal readonly record struct ByteRange(int Start, int End);

/// <summary>
/// What the gateway needs to know of a call's body, whatever its wire shape: figures, and where in the caller's bytes the few fields lie that it changes. All
/// else is neither parsed into objects nor written again.
/// </summary>
internal abstract class CallRequest(byte[] body)
{
    private List<string>? _unserved;

    /// <summary>As the caller sent it.</summary>
    public byte[] Body { get; } = body;

    /// <summary>The public name that is asked for.</summary>
    public string Model { get; set; } = "";

    /// <summary>Whether the answer is to come in pieces.</summary>
    public bool Stream { get; set; }

    /// <summary>The caller's service tier; empty when none is named, and in shapes where it decides on no price.</summary>
    public string ServiceTier { get; set; } = "";

    /// <summary>The value of <c>service_tier</c>; null when the field is missing, and in shapes that the gateway writes none into.</summary>
    public ByteRange? ServiceTierRange { get; set; }

    /// <summary>The caller asks for the cheaper tier, and takes what comes with it.</summary>
    public bool AsksFlex => ServiceTier == ServiceTiers.Flex;

    /// <summary>Where the caller wants the model to run, as prices name it: empty for everywhere; null when no region is named, and in shapes that have no such field.</summary>
    public string? AskedRegion { get; set; }

    /// <summary>How many answers are asked for; each may use the whole output cap.</summary>
    public int Choices { get; set; } = 1;

    /// <summary>The caller's output cap, in tokens an answer; null when none is named.</summary>
    public abstract long? AskedCap { get; }

    /// <summary>Output tokens that the caller sets apart for thinking: providers count them towards the cap, and refuse one that is no higher. 0: none are named.</summary>
    public long ThinkingTokens { get; set; }

    /// <summary>What is set apart for thinking may be more than the output cap: it is of all turns between tools.</summary>
    public bool ThinksBeyondCap { get; set; }

    /// <summary>Bytes of the body that are no text, such as an image's data; what they count as is added otherwise.</summary>
    public long BytesBesideText { get; set; }

    /// <summary>The most tokens of what is no text, but for images.</summary>
    public long TokensBesideText { get; private set; }

    /// <summary>How many of them there probably are, for estimates.</summary>
    public long TypicalTokensBesideText { get; private set; }

    /// <summary>Tokens that the provider adds and publishes no count of: a generous estimate, which they may pass all the same. Where the model's context window is known, they do not pass that.</summary>
    public long EstimatedTokens { get; private set; }

    public int Images { get; set; }

    /// <summary>What of it only the model's context window bounds, as a clause for people; null when bytes and images bound all of it.</summary>
    public string? BoundByContext { get; set; }

    /// <summary>The refusal of the first field of those that only targets take whose policy allows them; null: there is none.</summary>
    public ApiError? UnservedError { get; private set; }

    /// <summary>Of what is text, and of everything around it.</summary>
    public virtual long TextBytes => Body.Length - BytesBesideText;

    /// <summary>
    /// The most tokens of input that the target can count, but for the model's own overhead: of text a token is at least one byte of UTF-8, of images what their
    /// provider publishes; where that is not known, the model's context window. Null: that is not known either.
    /// </summary>
    public long? MaxInputTokensAt(RouteTarget target)
    {
        var images = Images == 0 ? 0 : (long?)ImageTokens.MostOf(target) * Images;
        if (images is null || BoundByContext is not null)
        {
            return target.ContextTokens > 0 ? target.ContextTokens : null;
        }

        var published = TextBytes + TokensBesideText + images.Value;
        return published + (target.ContextTokens > 0 ? Math.Clamp(target.ContextTokens - published, 0, EstimatedTokens) : EstimatedTokens);
    }

    /// <param name="name">One of <see cref="UnservedFields"/>.</param>
    public void AddUnserved(string name, ApiError error)
    {
        (_unserved ??= []).Add(name);
        UnservedError ??= error;
    }

    /// <summary>True when the target takes every field of it.</summary>
    public bool IsServedAt(RouteTarget target) => _unserved is null || _unserved.TrueForAll(target.AllowedFields.Contains);

    /// <summary>True when it asks for anything to be kept in a cache for an hour. Read through for each look: only of an answer whose usage leaves it open.</summary>
    public bool CachesForHour => CacheLife.IsHour(Body);

    /// <summary>The output cap, in tokens an answer: the caller's, else the target's default beside what is set apart for thinking; cut to the model's maximum.</summary>
    public long CapAt(RouteTarget target) => Math.Min(AskedCap ?? (target.DefaultMaxOutputTokens + ThinkingTokens), target.MaxOutputTokens);

    /// <summary>
    /// False when the caller's cap has room for the thinking and the model's maximum, to which it is cut, has none: the provider would refuse what the caller did not send. A caller who names no cap gets the
    /// maximum then: a server that does not know the field ignores it.
    /// </summary>
    public bool HasRoomToThinkAt(RouteTarget target) =>
        ThinkingTokens == 0 || ThinksBeyondCap || AskedCap is not { } asked || asked <= ThinkingTokens || target.MaxOutputTokens > ThinkingTokens;

    /// <summary>What a lowered cap must leave to thinking, in tokens: nothing where the model's maximum has no room for it either.</summary>
    public long ThinkingAt(RouteTarget target) => ThinkingTokens < target.MaxOutputTokens ? ThinkingTokens : 0;

    public void CountBesideText(long most, long typical)
    {
        TokensBesideText += most;
        TypicalTokensBesideText += typical;
    }

    /// <param name="generous">What is set aside for it.</param>
    /// <param name="typical">What it probably is.</param>
    public void CountEstimated(long generous, long typical)
    {
        EstimatedTokens += generous;
        TypicalTokensBesideText += typical;
    }

    /// <summary>What of the body makes the prompt, always in the same order and number: equal parts are an equal prompt.</summary>
    public abstract ByteRange[] PromptParts { get; }

    /// <summary>The body that goes upstream: the caller's bytes, but for what the gateway decides.</summary>
    /// <param name="outputCap">Tokens an answer; at least 1 where there is output.</param>
    public abstract byte[] ToUpstream(RouteTarget target, long outputCap);
}
