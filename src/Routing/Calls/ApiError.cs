using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Routing.Calls;

/// <summary>An error of the gateway's own on the AI routes, so that client libraries raise their own exception types; written in OpenAI's shape unless the route's says otherwise.</summary>
/// <param name="Type">OpenAI's class of error, for example invalid_request_error.</param>
/// <param name="Code">Stable; one of <see cref="Reasons"/> or OpenAI's own code where it has one.</param>
/// <param name="Param">The request's field that is wrong; null when none is.</param>
internal sealed record ApiError(int Status, string Type, string Code, string Message, string? Param = null)
{
    private const string InvalidRequest = "invalid_request_error";
    private const string Permission = "permission_error";
    private const string Unavailable = "service_unavailable";

    /// <summary>When to try again; 0: it says nothing of that itself.</summary>
    public int RetryAfterSeconds { get; init; }

    /// <summary>A key, team or wallet is frozen, which a person may lift at any time.</summary>
    public bool IsFreeze => Code is "key_frozen" or "team_frozen" or "wallet_frozen";

    /// <summary>A freeze, or a user who is disabled: what somebody has set may be taken back as quickly, so work that waits waits for that.</summary>
    public bool MayBeLifted => IsFreeze || IsOfDisabledUser;

    /// <summary>Of what may be lifted, what the directory says of the caller: it says too when it is over. A wallet's freeze is Wallet's to tell.</summary>
    public bool IsOfCaller => IsOfDisabledUser || Code is "key_frozen" or "team_frozen";

    /// <summary>The policy does not have the model, or the lane: one that has it again may be applied as quickly, so work that was taken in when it had waits for that.</summary>
    public bool IsOfPolicy => Code is "model_not_found" or "lane_not_found";

    private bool IsOfDisabledUser => Code == "user_disabled";

    public static readonly ApiError TokenMissing = new(401, "authentication_error", Reasons.TokenMissing, "Send your key as 'Authorization: Bearer kt_live_…', on /v1/messages also as 'x-api-key: kt_live_…'.");

    public static readonly ApiError TokenInvalid = new(401, "authentication_error", "invalid_api_key", "The key is unknown or revoked. Ask for a new one.");

    public static readonly ApiError SeveralTokens =
        new(401, "authentication_error", "invalid_api_key", "The header of the key holds several keys. Send one, and have a proxy between replace the header instead of adding its own.");

    public static readonly ApiError TokenExpired = new(401, "authentication_error", "invalid_api_key", "The key has expired. Ask for a new one.");

    public static readonly ApiError KeyFrozen = new(403, Permission, "key_frozen", "The key is frozen. Ask an admin to unfreeze it.");

    public static readonly ApiError RoleMissing = new(403, Permission, Reasons.RoleMissing, "This key may not call models. Use a team's inference key.");

    public static readonly ApiError DirectoryUnavailable =
        new(503, Unavailable, Reasons.DirectoryUnavailable, "Keys cannot be checked at the moment. Try again shortly.");

    /// <summary>Not to be repeated by client libraries: <see cref="ClientRetries"/>.</summary>
    public static readonly ApiError Faulted = new(
        500, "server_error", "INTERNAL",
        "The gateway failed on this call; its log says why, beside the id that this answer has as X-KT-Request-Id. If it was sent, it may be billed, and what was set aside waits for the provider's bill. Tell an operator the id.");

    public static readonly ApiError PricesUnavailable =
        new(503, Unavailable, Reasons.DependencyUnavailable, "Prices have not been received yet. Try again shortly.");

    public static readonly ApiError WalletUnavailable =
        new(503, Unavailable, Reasons.DependencyUnavailable, "The wallet does not answer, so nothing can be set aside for this call. Try again shortly.");

    public static readonly ApiError JournalUnwritable =
        new(503, Unavailable, Reasons.JournalUnwritable, "The gateway cannot record calls at the moment, so it makes none. Try again shortly.");

    public static readonly ApiError LimitsUnavailable =
        new(503, Unavailable, Reasons.DependencyUnavailable, "Rate limits cannot be counted at the moment, so no call under them passes. Try again shortly.");

    public static readonly ApiError BatchesUnavailable =
        new(503, Unavailable, Reasons.DependencyUnavailable, "Work that waits cannot be kept or read at the moment. Nothing was accepted; try again shortly.");

    /// <summary>With Retry-After.</summary>
    public static readonly ApiError TooManyUploads = new(
        429, "rate_limit_error", "too_many_uploads", "As many files as this gateway, or your team there, may send at once are being taken in. Nothing of this one was; try again shortly.");

    public static readonly ApiError TooManyResultFetches = new(
        429, "rate_limit_error", "too_many_result_fetches", "As many results as this gateway, or your team there, may fetch at once are being sent. Try again shortly.");

    public static readonly ApiError BatchNotFound =
        new(404, InvalidRequest, "batch_not_found", "Your team has no batch of this id, or it has been deleted: results are kept for some days. GET /v1/batches lists them.");

    public static readonly ApiError ScheduledStream =
        new(400, InvalidRequest, Reasons.InvalidArgument, "Work that waits has no stream: leave out stream, and fetch the result later.", "stream");

    public static readonly ApiError IdempotencyConflict =
        new(409, InvalidRequest, Reasons.IdempotencyConflict, "This Idempotency-Key was used with other work, or the same is being taken in at this moment. Use a new key for new work.");

    public static readonly ApiError ResponsesNotKept = new(
        404, InvalidRequest, "route_not_served", "Only POST /v1/responses is served: responses are not read, deleted, cancelled, counted or compacted here. Keep what you need of an answer.");

    public static readonly ApiError BodyBroken = new(400, InvalidRequest, Reasons.InvalidArgument, "The body cannot be read to its end. Send it whole, in correct framing.");

    /// <summary>Less of it comes than the server waits for.</summary>
    public static readonly ApiError BodyStalled = new(
        400, InvalidRequest, Reasons.InvalidArgument, "The body came too slowly, or stopped before its end, and nothing was charged. Send it again, all of it at once.");

    /// <summary>How large a body becomes is known before it is read; of a compressed one it is not.</summary>
    public static readonly ApiError BodyCompressed = new(415, InvalidRequest, "content_encoding_unsupported", "The body is compressed (Content-Encoding). Send it uncompressed.");

    /// <summary>With Retry-After.</summary>
    public static readonly ApiError TooManyLargeBodies = new(
        429, "rate_limit_error", "too_many_large_bodies", "As many bytes of large bodies as this gateway, or your team there, may have under way are being held. Nothing was charged; try again shortly, or send less at once.");

    public static readonly ApiError ProviderRefusedKey =
        new(502, Unavailable, Reasons.ProviderUnavailable, "The provider refused the gateway's credentials. An operator must set them right.");

    /// <summary>The gateway follows no redirect, nor does a caller: his client would send prompt and platform key there.</summary>
    public static ApiError ProviderElsewhere(int status) =>
        new(502, Unavailable, Reasons.ProviderUnavailable, $"The provider's address answers with a redirect ({status}). Nothing was charged; an operator must set the provider's base_url right.");

    /// <summary>Not the provider's own 402 or 429: the caller's wallet is not meant.</summary>
    /// <param name="mayBeBilled">Of an attempt of the call before this one nobody knows what it used.</param>
    public static ApiError ProviderOutOfCredit(bool mayBeBilled) =>
        ProviderUnavailable(503, $"The account at the provider has no credit left, so it serves no calls. {Charged(mayBeBilled)}; an operator must pay in there.");

    /// <param name="mayBeBilled">As for <see cref="ProviderOutOfCredit"/>.</param>
    public static ApiError ProviderUnreachable(bool mayBeBilled) => ProviderUnavailable(503, $"The provider cannot be reached. {Charged(mayBeBilled)}; try again shortly.");

    public static ApiError NotServed(string method, PathString path) => new(
        404, InvalidRequest, "route_not_served",
        $"The gateway does not answer {method} on this path. It serves POST /v1/chat/completions, /v1/responses, /v1/messages and /v1/embeddings, GET /v1/models, and work that waits on /v1/batches.{Instead(path)}");

    /// <summary>What is probably wanted of a path that is not served, as a sentence with a space before it; empty where nobody can say.</summary>
    private static string Instead(PathString path) =>
        !path.StartsWithSegments("/v1", out var rest) || rest.StartsWithSegments("/v1")
            ? " As their base URL OpenAI's clients take the gateway's address with /v1 behind it, Anthropic's take it without. Whether the gateway is well says GET /health."
        : rest == "/completions" ? " Older completions are not: send the prompt to /v1/chat/completions, as the content of a message."
        : rest.StartsWithSegments("/messages/batches") || rest.StartsWithSegments("/files") ? " A file of work that waits is sent to POST /v1/batches itself, a request a line."
        : "";

    /// <param name="allowed">Methods that the path is served by.</param>
    public static ApiError MethodNotAllowed(string method, string allowed) => new(405, InvalidRequest, "method_not_allowed", $"This path does not answer {method}; it answers {allowed}.");

    public static ApiError UserDisabled(string user) =>
        new(403, Permission, "user_disabled", $"User '{user}', whose key this is, is disabled. Ask an admin to enable the user.");

    public static ApiError TeamFrozen(string team) => new(403, Permission, "team_frozen", $"Team '{team}' is frozen. Ask an admin to unfreeze it.");

    public static ApiError ModelNotAllowed(string model) => new(
        403, Permission, "model_not_allowed", $"This key may not ask for the model '{model}'. GET /v1/models lists those that it may.", "model");

    public static ApiError LaneNotAllowed(string model, string lane) => new(
        403, Permission, "lane_not_allowed", $"This key may not ask for lane '{lane}', which serves the model '{model}'. GET /v1/models lists what it may.", "model");

    public static ApiError LaneNotFound(string lane) => new(
        400, InvalidRequest, "lane_not_found", $"There is no lane '{Validation.Shown(lane)}'. Leave out X-KT-Lane, or name one of the policy's.");

    public static ApiError Malformed(string message, string? param = null) => new(400, InvalidRequest, Reasons.InvalidArgument, message, param);

    /// <param name="largest">Which header is, with its value; that itself is not repeated, for it may be a secret.</param>
    public static ApiError HeadersTooLarge(int limitBytes, int limitHeaders, string largest, int bytes) => new(
        StatusCodes.Status431RequestHeaderFieldsTooLarge, InvalidRequest, "request_headers_too_large",
        $"The headers have more than {limitBytes} bytes together, or are more than {limitHeaders}: the largest is '{Validation.Shown(largest)}' with {bytes} bytes. Nothing was charged; leave out cookies and what a proxy on the way adds.");

    public static ApiError TooLarge(long limitBytes) => new(413, InvalidRequest, Reasons.InvalidArgument, $"The body is above {limitBytes} bytes.");

    /// <summary>Not a 429 or 5xx, which client libraries repeat: the provider has billed it.</summary>
    public static readonly ApiError TooManyLargeAnswers = new(
        413, InvalidRequest, "too_many_large_answers",
        "The provider answered, but other large answers had all the room that this gateway has for them, so this one is not taken. It may be billed, and what was set aside waits for the provider's bill. Ask for less at once, for fewer large answers at a time, or for a stream; of embeddings ask for encoding_format base64.");

    /// <summary>Not a 5xx, which client libraries repeat: the provider has billed it, and would bill it again.</summary>
    public static ApiError AnswerTooLarge(long limitBytes) => new(
        413, InvalidRequest, "answer_too_large",
        $"The provider's answer is above {limitBytes} bytes, and is not taken. It may be billed, so what was set aside waits for the provider's bill. Ask for less at once, or for a stream; of embeddings ask for encoding_format base64.");

    /// <param name="exception">That the server met when it read a body.</param>
    public static ApiError BodyUnread(Exception exception) => exception is BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } ? BodyStalled : BodyBroken;

    public static ApiError BodyTooSlow(int limitSeconds) => new(
        400, InvalidRequest, Reasons.InvalidArgument, $"The body was not there within {limitSeconds} s, and nothing was charged. Send it faster, or send less: smaller images, or fewer.");

    public static ApiError Unbounded(string message, string? param) => new(400, InvalidRequest, Reasons.ContentUnbounded, message, param);

    /// <param name="why">What it has the provider do, and what to send instead.</param>
    /// <param name="name">As policies name it.</param>
    public static ApiError Unserved(string written, string why, string name) =>
        Unbounded($"'{written}' {why}. Or have an admin allow it where the provider is to take it: allow_fields: [{name}] of a target in the routing policy.", written);

    public static ApiError ImagesUnbounded(string model) => Unbounded(
        $"How many tokens an image can be at the model '{model}' is not published, so its cost cannot be bounded. Send text, or ask for a model that has such a maximum.", null);

    /// <param name="what">What is not bounded otherwise, as a clause.</param>
    public static ApiError ContextUnbounded(string what, string model) => Unbounded(
        $"{what}, and the context window of the model '{model}' is not known here, so the cost cannot be bounded. Send what the model is to read in 'input' itself, with \"store\": false (and \"include\": [\"reasoning.encrypted_content\"] where it reasons); or have an admin name context_tokens for its target.", "input");

    public static ApiError ModelNotFound(string model) =>
        new(404, InvalidRequest, "model_not_found", $"The model '{Validation.Shown(model)}' is not served. GET /v1/models lists those that are.", "model");

    public static ApiError ModelOfAnotherShape(string model) => new(
        400, InvalidRequest, Reasons.ShapeUnsupported, $"The model '{model}' is not served on this route: nobody who serves it speaks this route's shape. Ask for it on another route, or for another model here.", "model");

    public static ApiError ModelUnpriced(string model) =>
        new(400, InvalidRequest, Reasons.ModelUnpriced, $"The model '{model}' has no price, so its cost cannot be bounded. Ask a billing admin to set one.", "model");

    public static ApiError FlexUnpriced(string model) => new(
        400, InvalidRequest, Reasons.ModelUnpriced, $"The model '{model}' has no price of the service tier flex, so it is not asked for it. Leave service_tier out, or ask a billing admin to set one.", "service_tier");

    public static ApiError NoRoomToThink(string model, long thinking, long most) => new(
        400, InvalidRequest, Reasons.InvalidArgument,
        $"The model '{model}' is served with at most {most} tokens of output, thinking included, so {thinking} of thinking leave no room for an answer. Set fewer apart.", "thinking");

    public static ApiError RegionUnpriced(string model, string region) => new(
        400, InvalidRequest, Reasons.ModelUnpriced,
        $"The model '{model}' has no target of kind anthropic with a price of the region '{region}', so it is not asked for it. Leave inference_geo out, or ask a billing admin to set one.", "inference_geo");

    /// <param name="wallet">The id of the one that was to pay: of a key's user or application, where they have one, the team's may hold as much as it likes.</param>
    public static ApiError WalletExhausted(string team, string wallet) => new(
        402, "insufficient_quota", "wallet_exhausted", $"The wallet {wallet} of team '{team}' cannot pay for this call. Ask for an allocation to it, or ask for less output.");

    /// <summary>Not 402: no allocation helps, a person has to unfreeze it; and not 429 or 503, which client libraries repeat.</summary>
    /// <param name="wallet">The id of the one that was to pay.</param>
    public static ApiError WalletFrozen(string team, string wallet) => new(
        403, "permission_error", "wallet_frozen", $"The wallet {wallet} of team '{team}' is frozen, so it pays for no calls. Ask an admin to unfreeze it.");

    /// <param name="refused">By a cap.</param>
    /// <param name="currency">The wallet's.</param>
    public static ApiError CapReached(CreateHoldResponse refused, string currency) => new(
        402, "insufficient_quota", "cap_reached",
        refused.Cap is not { } cap || cap.Scope == CapScope.Unspecified
            ? $"The period cap '{refused.CapId}' leaves too little for this call. Ask for less output, for a higher cap (kt caps list), or wait for its next period."
            : $"The {(cap.Source.Length > 0 ? "hard limit" : "cap")} of {Amount(cap.AmountNanos, currency)} a {cap.Period.ToString().ToLowerInvariant()} on {Whom(cap)} leaves "
                + $"{Amount(refused.AvailableNanos, currency)}, too little for this call, until it begins anew at {cap.ResetsAt.ToDateTime():yyyy-MM-dd'T'HH:mm:ss'Z'}. Ask for less output, wait until then, or ask a "
                + $"billing admin for a higher one ({(cap.Source.Length > 0 ? $"kt budgets list: {cap.Source}" : $"kt caps list: {refused.CapId}")}).");

    private static string Amount(long nanos, string currency) => $"{new Money(nanos).ToComparableString(currency)} {currency}";

    private static string Whom(ReachedCap cap) => cap.Scope == CapScope.Organisation ? "the organisation" : $"the {cap.Scope.ToString().ToLowerInvariant()} '{cap.ScopeId}'";

    public static ApiError LaneHasNoWindows(string lane) => new(
        400, InvalidRequest, "lane_has_no_windows", $"The lane '{lane}' has no windows, so it takes no work that waits. Name a lane that has (X-KT-Lane), or ask an admin to give it some.");

    public static ApiError BatchTooLarge(int items, long bytes) =>
        new(413, InvalidRequest, Reasons.BatchTooLarge, $"A file may have {items} requests and {bytes} bytes, and this one has more. Nothing was accepted; send it in parts.");

    /// <param name="line">From 1. However the file is parted, it is refused.</param>
    public static ApiError BatchLineTooLarge(int line, int lineBytes) =>
        new(413, InvalidRequest, Reasons.BatchTooLarge, $"Line {line} is above {lineBytes} bytes, the most that a request may have. Nothing was accepted; shorten that request, or leave it out.");

    /// <param name="isAlone">It is more by itself, so waiting does not help and client libraries must not repeat it.</param>
    public static ApiError TooMuchWaits(bool isAlone, long items, long bytes) => new(
        isAlone ? StatusCodes.Status413PayloadTooLarge : StatusCodes.Status429TooManyRequests, isAlone ? InvalidRequest : "rate_limit_error", "too_much_waiting_work",
        $"Your team may have {items} requests and {bytes} bytes of them in batches that have not ended, and with this it would have more. Nothing of it was accepted: "
            + (isAlone ? "send it in parts, one after another's end, or ask an operator for more." : "send it when a batch has ended, or end one (kt batches list, kt batches cancel)."))
    {
        RetryAfterSeconds = isAlone ? 0 : 60,
    };

    /// <summary>Not accepted as before: its answers are gone, and whoever sends it may want them, or may mean new work.</summary>
    public static ApiError BatchDeleted(Guid batchId, int retainDays) => new(
        409, InvalidRequest, Reasons.IdempotencyConflict,
        $"This Idempotency-Key was used for batch {batchId}, which has ended and was deleted with its answers {retainDays} days later. Nothing was accepted: use a new key to run this work.");

    /// <param name="limit">Its name, and whose it is.</param>
    /// <param name="what">What it counts, such as "tokens a minute".</param>
    public static ApiError RateLimited(string limit, long most, string what, TimeSpan retryAfter) => new(
        429, "rate_limit_error", "rate_limit_exceeded",
        $"The rate limit {limit} of {most} {what} is reached. Try again in {Math.Ceiling(retryAfter.TotalSeconds)} s, or ask an admin for a higher limit (kt routes limits).");

    /// <summary>Not 429: waiting does not help, so client libraries must not repeat it.</summary>
    public static ApiError AboveRateLimit(string limit, long most, string what) => new(
        400, InvalidRequest, "request_above_limit",
        $"The call is estimated above what the rate limit {limit} ever admits at once: {most} {what}. Send less input, ask for less output, or ask an admin for a higher limit.");

    public static ApiError ProviderUnavailable(int status, string message) => new(status, Unavailable, Reasons.ProviderUnavailable, message);

    private static string Charged(bool mayBeBilled) =>
        mayBeBilled ? "An earlier attempt of this call may be billed, so what was set aside for it waits for the provider's bill" : "Nothing was charged";

    /// <summary>In OpenAI's shape.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(
        new Envelope(new Body(Message, Type, Param, Code)), JsonOptions);

    public Task WriteAsync(HttpResponse response, CancellationToken cancellationToken) => WriteAsync(response, ToJson(), cancellationToken);

    /// <summary>Status and headers. What passes by itself says when to try again, unless somebody knows it better and has said so.</summary>
    public void WriteHead(HttpResponse response)
    {
        response.StatusCode = Status;
        RequestId.TellClients(response);
        response.ContentType = "application/json";
        var seconds = RetryAfterSeconds > 0 ? RetryAfterSeconds : Status == StatusCodes.Status503ServiceUnavailable ? 1 : 0;
        if (seconds > 0 && response.Headers.RetryAfter.Count == 0)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <param name="body">The error as the route's shape tells it.</param>
    public async Task WriteAsync(HttpResponse response, byte[] body, CancellationToken cancellationToken)
    {
        WriteHead(response);
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, cancellationToken);
    }

    internal static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web)
    {
        // The answer is JSON and nothing else, so there is no markup to guard.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private sealed record Envelope(Body Error);

    private sealed record Body(string Message, string Type, string? Param, string Code);
}
