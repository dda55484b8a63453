using System.Globalization;
using Grpc.Core;
using Grpc.Net.ClientFactory;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Operations.V1;
using Platform.ServiceDefaults.Grpc;
using MessagesClient = Platform.Contracts.Operations.V1.Messages.MessagesClient;

namespace Platform.Api.Messages;

/// <summary>
/// Messages that no try could handle, of all services: each keeps its own, so an id is the service's name and a number. What does not answer is an error, never
/// an empty list.
/// </summary>
internal static class DeadMessageEndpoints
{
    private static readonly string[] Services = ["wallet", "metering", "routing", "forecast", "export"];

    public static void AddMessagesClients(this IServiceCollection services)
    {
        foreach (var service in Services)
        {
            services.AddForwardingClient<MessagesClient>(service, ClientName(service));
        }
    }

    public static void MapDeadMessages(this WebApplication app)
    {
        var dead = app.MapGroup("/v1/messages/dead").WithTags("messages");
        dead.MapGet("", ListAsync).WithSummary("Messages that no try could handle, newest first within each service, without their bodies; at most 1,000 of each a page.");
        dead.MapGet("/{id}", GetAsync).WithSummary("One, with its body as it came.");
        dead.MapPost("/{id}/replay", ReplayAsync).WithSummary("Sends it to its queue again; its effect is there once, however often it is sent.");
        dead.MapPost("/{id}/discard", DiscardAsync).WithSummary("Keeps it from ever being handled.");
    }

    private static async Task<DeadMessagesBody> ListAsync(string? state, string? page_token, GrpcClientFactory clients, HttpContext http)
    {
        var wanted = DeadMessageState.Dead;
        if (state is not null && !EnumText.TryParse(state, out wanted))
        {
            throw RpcErrors.InvalidArgument($"There is no state '{state}'. States: {EnumText.Names<DeadMessageState>()}.");
        }

        var pages = await Task.WhenAll(DeadMessagePage.Read(page_token, Services).Select(async page => (page.Service, Answer: await clients
            .CreateClient<MessagesClient>(ClientName(page.Service))
            .ListDeadAsync(new ListDeadRequest { State = wanted, PageSize = 1_000, PageToken = page.Token }, Call.Options(http)))));
        return new DeadMessagesBody(
            [.. pages.SelectMany(page => page.Answer.Messages.Select(message => DeadMessageBody.From(page.Service, message)))],
            DeadMessagePage.Write(pages.Select(page => (page.Service, page.Answer.NextPageToken))));
    }

    private static Task<DeadMessageBody> GetAsync(string id, GrpcClientFactory clients, HttpContext http) =>
        AskAsync(id, clients, (client, deadId) => client.GetDeadAsync(new GetDeadRequest { DeadId = deadId }, Call.Options(http)));

    private static Task<DeadMessageBody> ReplayAsync(string id, GrpcClientFactory clients, HttpContext http) =>
        AskAsync(id, clients, (client, deadId) => client.ReplayDeadAsync(new ReplayDeadRequest { DeadId = deadId }, Call.Options(http)));

    private static Task<DeadMessageBody> DiscardAsync(string id, GrpcClientFactory clients, HttpContext http) =>
        AskAsync(id, clients, (client, deadId) => client.DiscardDeadAsync(new DiscardDeadRequest { DeadId = deadId }, Call.Options(http)));

    private static async Task<DeadMessageBody> AskAsync(string id, GrpcClientFactory clients, Func<MessagesClient, long, AsyncUnaryCall<DeadMessage>> ask)
    {
        var dash = id.LastIndexOf('-');
        if (dash <= 0 || !Services.Contains(id[..dash]) || !long.TryParse(id.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var deadId))
        {
            throw RpcErrors.NotFound(Reasons.MessageNotFound, $"There is no dead message '{id}'. An id is a service and a number, such as wallet-12; list them first.");
        }

        try
        {
            return DeadMessageBody.From(id[..dash], await ask(clients.CreateClient<MessagesClient>(ClientName(id[..dash])), deadId));
        }
        catch (RpcException exception) when (RpcErrors.ReasonOf(exception) == Reasons.MessageNotFound)
        {
            // A service knows its own by their numbers alone, which each of the others has too.
            throw RpcErrors.NotFound(Reasons.MessageNotFound, $"There is no dead message '{id}'; list them first.");
        }
    }

    private static string ClientName(string service) => $"messages of {service}";
}

/// <param name="NextPageToken">Empty on the last page.</param>
internal sealed record DeadMessagesBody(IReadOnlyList<DeadMessageBody> Messages, string NextPageToken);

/// <param name="Id">The service and a number, such as wallet-12.</param>
/// <param name="Queue">What it was to be handled from; outbox for an event that could not be published.</param>
/// <param name="Body">As it came, in the answer for one only; null elsewhere.</param>
internal sealed record DeadMessageBody(
    string Id, string Service, string Queue, string MessageId, string MessageType, string FailureType, string FailureMessage, string State,
    DateTimeOffset? FailedAt, DateTimeOffset? CollectedAt, DateTimeOffset? EndedAt, string EndedBy, string? Body)
{
    public static DeadMessageBody From(string service, DeadMessage message) => new(
        $"{service}-{message.DeadId.ToString(CultureInfo.InvariantCulture)}", service, message.Queue, message.MessageId, message.MessageType, message.FailureType,
        message.FailureMessage, EnumText.Of(message.State), message.FailedAt.ToMoment(), message.CollectedAt.ToMoment(), message.EndedAt.ToMoment(),
        message.EndedBy, message.Body.IsEmpty ? null : message.Body.ToStringUtf8());
}
