using System.Buffers;
using System.Net;
using Microsoft.Extensions.Options;
using Platform.Contracts.Metering.V1;
using Platform.Routing.Attempts;
using Platform.Routing.Health;
using Platform.Routing.Policies;
using Platform.Routing.Resilience;
using Platform.Routing.Shapes;

namespace Platform.Routing.Calls;

/// <summary>
/// Sends one funded attempt and passes a stream on to the caller; what is whole is answered to the loop, which gives it to the caller or makes another attempt.
/// From sending on everything runs on the attempt's own bounded time: when the caller goes away, the rest of the answer is read for its usage, unless the target's policy has it cancelled.
/// Each attempt leaves here with exactly one end, unless this fails itself: then its loop gives it one.
/// </summary>
internal sealed class Forwarder(ProviderClient provider, AttemptRecords records, AnswerRoom room, IOptions<GatewayOptions> options, TimeProvider time)
{
    private const long FullPpm = 1_000_000;
    private const string Uncounted = "provider answered, and states a usage of no tokens at all";

    public async Task<AttemptResult> ForwardAsync(HttpContext http, Attempt attempt, byte[] body)
    {
        var (target, isStream) = (attempt.Target, attempt.Call.Request.Stream);
        using var limit = new AttemptTimer(AttemptTimes.Of(options.Value, target.Timeouts, isStream, time.GetElapsedTime(attempt.Call.Arrived)), time);
        if (target.CancelsAbandoned)
        {
            limit.EndWith(http.RequestAborted);
        }

        HttpResponseMessage answer;
        try
        {
            answer = await provider.SendAsync(attempt, http.Request, body, isStream, limit.Token);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return EndWithoutAnswer(attempt, exception, limit);
        }

        attempt.Answered = time.GetTimestamp();
        limit.Progressed(hasToken: false);
        if (!answer.IsSuccessStatusCode)
        {
            // It lives as long as what the caller may be told of it.
            return await TakeErrorAsync(attempt, answer, limit);
        }

        if (ProviderClient.IsStream(answer))
        {
            return await PassStreamAsync(http, attempt, answer, attempt.Call.Shape.NewStreamFilter(attempt.Call.Request), limit);
        }

        // It lives as long as what the caller may be told of it, here too.
        return await TakePlainAsync(http, attempt, answer, limit);
    }

    private AttemptResult EndWithoutAnswer(Attempt attempt, Exception exception, AttemptTimer limit)
    {
        if (ProviderClient.IsNeverSent(exception))
        {
            records.Unsent(attempt, "provider could not be reached");
            return Failed(FailureKinds.Connection, "could not be reached", ApiError.ProviderUnreachable(attempt.Call.MayBeBilled));
        }

        if (limit.IsAbandoned)
        {
            return EndAbandoned(attempt);
        }

        var timedOut = exception is OperationCanceledException;
        records.Unknown(attempt, timedOut ? "provider did not answer in time" : "provider broke the connection before it answered");
        return timedOut
            ? Failed(FailureKinds.Timeout, "did not answer in time", ApiError.ProviderUnavailable(504, "The provider did not answer in time."))
            : Failed(FailureKinds.Timeout, "broke the connection", ApiError.ProviderUnavailable(502, "The provider broke the connection before it answered."));
    }

    /// <summary>The caller went away, and the policy has the attempt cancelled with that. The provider bills what it had generated and tells nobody, so the bound waits for its bill.</summary>
    private AttemptResult EndAbandoned(Attempt attempt)
    {
        records.Unknown(attempt, "cancelled because its caller went away");
        return AttemptResult.Delivered(TargetVerdict.Neither);
    }

    private static AttemptResult Failed(FailureKinds kind, string reason, ApiError error) =>
        AttemptResult.Failed(TargetVerdict.Failed, new ProviderFailure(kind, TimeSpan.Zero, reason), new WholeAnswer(error));

    /// <summary>The provider's refusal, in its own shape. A refusal of the gateway's own credentials, or for its account, is not the caller's business and may quote them.</summary>
    private async Task<AttemptResult> TakeErrorAsync(Attempt attempt, HttpResponseMessage answer, AttemptTimer limit)
    {
        var (body, _) = await ReadAsync(attempt, answer, limit);
        var (status, error) = ((int)answer.StatusCode, ProviderError.Read(body));
        if (FailureClassifier.IsOutcomeUnknown(status, attempt.Target.Provider.Kind, error))
        {
            records.Unknown(attempt, $"provider's side answered {status}, which does not prove that nothing is billed");
        }
        else
        {
            records.Finish(attempt, default, Outcome.Failed);
        }

        return ToldError.ResultOf(attempt, answer, body, error, status, time.GetUtcNow());
    }

    private async Task<(byte[]? Body, AnswerLoss Loss)> ReadAsync(Attempt attempt, HttpResponseMessage answer, AttemptTimer limit)
    {
        var (most, share) = (options.Value.MaxAnswerBytes, attempt.Room = room.Open());
        var (body, loss) = await AnswerReader.ReadAsync(answer, most, share, limit);
        return body is null ? (null, loss) : await AnswerText.ReadAsync(answer, body, most, share, limit);
    }

    private async Task<AttemptResult> TakePlainAsync(HttpContext http, Attempt attempt, HttpResponseMessage answer, AttemptTimer limit)
    {
        var (body, loss) = await ReadAsync(attempt, answer, limit);
        if (body is null)
        {
            // What had come of it takes no room through the pause before another attempt.
            answer.Dispose();
            attempt.Dispose();
            return limit.IsAbandoned ? EndAbandoned(attempt)
                : loss == AnswerLoss.TooLarge ? EndTooLarge(attempt)
                : loss == AnswerLoss.NoRoom ? EndWithoutRoom(attempt)
                : EndBrokenOff(attempt, limit);
        }

        if (!AnswerText.IsAnswer(answer, body))
        {
            return EndWithoutAnswer(attempt, answer, body);
        }

        var told = attempt.Call.Shape.ReadUsage(body);
        var stated = Credible(attempt, told);
        if (stated is { Refusal: not Refusal.None } refusal)
        {
            return EndRefused(attempt, answer, refusal, body);
        }

        if (AnswerError.StatusOf(body, out var error) is { } status)
        {
            return EndWithError(attempt, answer, stated, body, error, status);
        }

        long? cost = null;
        if (stated is { } usage)
        {
            var gone = http.RequestAborted.IsCancellationRequested;
            attempt.UndeliveredPpm = gone ? (int)FullPpm : 0;
            cost = records.Finish(attempt, usage, gone ? Outcome.ClientClosed : Outcome.Succeeded);
        }
        else
        {
            records.Unknown(attempt, told is { IsUncounted: true } ? Uncounted : "provider answered without usage");
        }

        return AttemptResult.Served(new WholeAnswer(answer, body) { CostNanos = cost });
    }

    /// <summary>A refusal under the status of a success, without any output: as one of content by its status, it is nothing against the target, and another may be asked.</summary>
    private AttemptResult EndRefused(Attempt attempt, HttpResponseMessage answer, CallUsage usage, byte[] said)
    {
        var cost = FinishFailed(attempt, usage);
        const FailureKinds kind = FailureKinds.ContentPolicy;
        return AttemptResult.Failed(
            TargetVerdict.Neither, new ProviderFailure(kind, TimeSpan.Zero, ToldError.ReasonOf(kind, (int)answer.StatusCode)), new WholeAnswer(answer, said) { CostNanos = cost });
    }

    /// <summary>An error under the status of a success: what kind it is its own code says. It was taken in before it failed, so nobody knows what of it is billed unless it says so.</summary>
    private AttemptResult EndWithError(Attempt attempt, HttpResponseMessage answer, CallUsage? stated, byte[] said, ProviderError error, int status)
    {
        long? cost = null;
        if (Proven(stated) is { } usage)
        {
            cost = FinishFailed(attempt, usage);
        }
        else
        {
            records.Unknown(attempt, $"provider answered 200 with an error ({status}) and no usage");
        }

        return ToldError.ResultOf(attempt, answer, said, error, status, time.GetUtcNow(), cost);
    }

    /// <summary>It brought nothing and its usage is known. What of that is billed, or has no price, is so whatever another attempt answers.</summary>
    private long? FinishFailed(Attempt attempt, CallUsage usage)
    {
        var cost = records.Finish(attempt, usage, Outcome.Failed);
        attempt.Call.MayBeBilled |= cost is not 0;
        return cost;
    }

    /// <summary>Beside an error a usage of nothing at all is what whoever wrote the error fills in, not what was counted: it proves nothing of the bill.</summary>
    private static CallUsage? Proven(CallUsage? stated) => stated is { TotalTokens: > 0 } ? stated : null;

    /// <summary>Nothing of the answer has gone to the caller.</summary>
    private AttemptResult EndBrokenOff(Attempt attempt, AttemptTimer limit)
    {
        var how = limit.Overrun ?? "broke off its answer";
        records.Unknown(attempt, $"provider {how}");
        return Failed(FailureKinds.Timeout, how, ApiError.ProviderUnavailable(limit.Overrun is null ? 502 : 504, $"The provider {how}."));
    }

    /// <summary>A success by its status alone, with a page or nothing behind it: something between may have answered in the provider's place, and whether the provider has generated anything nobody knows.</summary>
    private AttemptResult EndWithoutAnswer(Attempt attempt, HttpResponseMessage answer, byte[] body)
    {
        var what = $"answered {(int)answer.StatusCode} with {(body.Length == 0 ? "nothing" : "what is no JSON")}";
        answer.Dispose();
        records.Unknown(attempt, $"provider {what}");
        return Failed(FailureKinds.Timeout, what, ApiError.ProviderUnavailable(502, $"The provider {what}: something between may have answered in its place. An operator must look at the provider's base_url and the way there."));
    }

    /// <summary>It answered, and more than is taken: that is nothing against the target, and whoever else is asked would answer as much and bill it too.</summary>
    private AttemptResult EndTooLarge(Attempt attempt)
    {
        records.Unknown(attempt, $"provider's answer is above {options.Value.MaxAnswerBytes} bytes, the most that is taken");
        return AttemptResult.Failed(
            TargetVerdict.Neither, new ProviderFailure(FailureKinds.None, TimeSpan.Zero, "answered more than is taken"), new WholeAnswer(ApiError.AnswerTooLarge(options.Value.MaxAnswerBytes)));
    }

    /// <summary>It answered, and others had all room for large answers for too long: nothing against the target here either, and another one's answer would need as much.</summary>
    private AttemptResult EndWithoutRoom(Attempt attempt)
    {
        records.Unknown(attempt, "provider's answer found no room among the large answers that are held");
        return AttemptResult.Failed(
            TargetVerdict.Neither, new ProviderFailure(FailureKinds.None, TimeSpan.Zero, "answered when there was no room for large answers"), new WholeAnswer(ApiError.TooManyLargeAnswers));
    }

    /// <summary>What comes before the first token waits for it: until then another attempt may still be made.</summary>
    private async Task<AttemptResult> PassStreamAsync(HttpContext http, Attempt attempt, HttpResponseMessage answer, StreamFilter filter, AttemptTimer limit)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        var passed = new ArrayBufferWriter<byte>(16 * 1024);
        var (cut, gone, begun, whole) = (false, false, false, false);
        var (received, delivered) = (0L, 0L);
        try
        {
            await using var sent = await answer.Content.ReadAsStreamAsync(limit.Token);
            await using var source = AnswerText.Open(answer, sent);
            while (filter.Opening != StreamOpening.Failed && !limit.IsAbandoned
                && await (source == sent ? sent.ReadAsync(buffer, limit.Token) : AnswerText.ReadUnpackedAsync(source, buffer, limit.Token)) is var read and > 0)
            {
                attempt.Answered = filter.HasToken ? attempt.Answered : time.GetTimestamp();
                filter.Feed(buffer.AsSpan(0, read), passed);
                limit.Progressed(filter.HasToken);
                received += read;
                if (filter.Opening == StreamOpening.Begun)
                {
                    begun = begun || Begin(http, answer);
                    gone = gone || !await TryPassAsync(http, passed, limit);
                    delivered = gone ? delivered : received;
                    if (gone)
                    {
                        // What is read for its usage alone is for nobody.
                        passed.ResetWrittenCount();
                    }
                }
            }

            if (received > 0 && filter.Opening != StreamOpening.Failed)
            {
                filter.End(passed);
                begun = begun || Begin(http, answer);
                gone = gone || !await TryPassAsync(http, passed, limit);
                delivered = gone ? delivered : received;
            }

            whole = true;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            cut = true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (!whole && !cut)
            {
                answer.Dispose();
            }
        }

        var usage = Credible(attempt, filter.Usage);
        if (filter.Opening == StreamOpening.Failed)
        {
            var said = passed.WrittenSpan.ToArray();
            return usage is { Refusal: not Refusal.None } refusal ? EndRefused(attempt, answer, refusal, said) : EndFailedStream(attempt, answer, usage, said);
        }

        answer.Dispose();
        attempt.UndeliveredPpm = received == 0 ? 0 : (int)((received - delivered) * FullPpm / received);
        return limit.IsAbandoned && usage is null ? EndAbandoned(attempt)
            : !begun && usage is null ? EndBrokenOff(attempt, limit)
            : EndStream(http, attempt, filter, usage, limit, cut, gone || (cut && limit.IsAbandoned));
    }

    /// <summary>False once the caller is gone. One who keeps up costs no timer.</summary>
    private ValueTask<bool> TryPassAsync(HttpContext http, ArrayBufferWriter<byte> passed, AttemptTimer limit)
    {
        var passing = AnswerWriter.TryPassAsync(http, passed);
        return new ValueTask<bool>(passing.IsCompleted ? passing : AwaitCallerAsync(http, passing, limit));
    }

    /// <summary>The caller reads more slowly than the provider writes. One who takes nothing any more is as good as gone, whether or not he has said so.</summary>
    private async Task<bool> AwaitCallerAsync(HttpContext http, Task<bool> passing, AttemptTimer limit)
    {
        try
        {
            return await passing.WaitAsync(limit.WaitForCaller(TimeSpan.FromSeconds(options.Value.CallerSeconds)), time);
        }
        catch (TimeoutException)
        {
            // Which also ends the writing, so what is written can be used again.
            http.Abort();
            await passing;
            return false;
        }
        finally
        {
            limit.CallerTook();
        }
    }

    private static bool Begin(HttpContext http, HttpResponseMessage answer)
    {
        AnswerWriter.CopyHead(answer, http.Response);
        return true;
    }

    /// <summary>An error instead of a first token: nobody knows what of it is billed unless it says so. The caller gets it as it came, should no other attempt follow.</summary>
    private AttemptResult EndFailedStream(Attempt attempt, HttpResponseMessage answer, CallUsage? usage, byte[] said)
    {
        long? cost = null;
        if (Proven(usage) is { } known)
        {
            cost = FinishFailed(attempt, known);
        }
        else
        {
            records.Unknown(attempt, "provider's stream said an error before its first token");
        }

        return AttemptResult.Failed(
            TargetVerdict.Failed, new ProviderFailure(FailureKinds.StreamError, TimeSpan.Zero, "said an error before its first token"), new WholeAnswer(answer, said) { CostNanos = cost });
    }

    private AttemptResult EndStream(HttpContext http, Attempt attempt, StreamFilter filter, CallUsage? stated, AttemptTimer limit, bool cut, bool gone)
    {
        if ((filter.HasFailed ? Proven(stated) : stated) is { } usage)
        {
            records.Finish(attempt, usage, gone ? Outcome.ClientClosed : cut ? Outcome.Interrupted : filter.HasFailed || usage.Refusal != Refusal.None ? Outcome.Failed : Outcome.Succeeded);
        }
        else
        {
            records.Unknown(
                attempt,
                limit.IsCallersFault ? "its time was over while its caller read slowly, before the provider's usage"
                : limit.Overrun is { } overrun ? $"provider {overrun}, before its usage"
                : cut ? "provider cut the stream before its usage"
                : filter.HasFailed ? "provider's stream said an error and no usage"
                : filter.Usage is { IsUncounted: true } ? Uncounted : "provider ended the stream without usage");
        }

        if (cut && !gone)
        {
            // A stream that was cut upstream must not look whole downstream.
            CutAnswer.Mark(http);
        }

        return limit.IsAbandoned || (cut && limit.IsCallersFault) ? AttemptResult.Delivered(TargetVerdict.Neither)
            : cut ? AttemptResult.Delivered(TargetVerdict.Failed, limit.Overrun ?? "cut its stream")
            : filter.HasFailed ? AttemptResult.Delivered(TargetVerdict.Failed, "said an error amid its stream")
            : AttemptResult.Delivered(TargetVerdict.Succeeded);
    }

    /// <summary>
    /// The stated usage, or null when only its total says of output what the model cannot have generated, however badly it kept to its cap: some servers' total counts something else, and the bill is the
    /// better witness then. Zeros beside content are no usage where tokens cost anything (decision 0285). Of a refusal that the provider does not bill it is nothing. Writes to a cache of which it does not tell for how long are kept as long as the request asks.
    /// </summary>
    private static CallUsage? Credible(Attempt attempt, CallUsage? stated) =>
        stated is { Refusal: Refusal.FreeAtAnthropic } && attempt.Target.Provider.Kind == ProviderKind.Anthropic ? new CallUsage { Refusal = Refusal.FreeAtAnthropic }
        : stated is { IsUncounted: true } && attempt.Bound.Nanos > attempt.Prices.UpperBound(0, 0) ? null
        : stated is { BesideOutput: > 0 } usage && usage.Output > attempt.Bound.MostOutput(attempt.Target) ? null
        : stated is { UntoldWrites: > 0 } untold && attempt.Call.Request.CachesForHour ? untold.WithUntoldOfHour()
        : stated;
}
