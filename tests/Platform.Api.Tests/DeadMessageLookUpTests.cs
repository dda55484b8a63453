using System.Net;
using System.Text.Json.Nodes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Platform.Contracts;
using Platform.Contracts.Operations.V1;

namespace Platform.Api.Tests;

/// <summary>A dead message by its id, which only the API makes of a service and the number that the service knows it by.</summary>
public sealed class DeadMessageLookUpTests : IAsyncLifetime
{
    private WebApplication _wallet = null!;
    private RunningApi _api = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _wallet = await NeighbourService.StartAsync(new OneMessage(), Cancel);
        _api = new RunningApi { Wallet = _wallet.Urls.Single() };
        await _api.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        await _wallet.DisposeAsync();
    }

    [Theory]
    [InlineData("wallet-12", HttpStatusCode.OK, "")]
    [InlineData("wallet-999", HttpStatusCode.NotFound, "There is no dead message 'wallet-999'; list them first.")]
    [InlineData("999", HttpStatusCode.NotFound, "There is no dead message '999'. An id is a service and a number, such as wallet-12; list them first.")]
    public async Task One_that_there_is_not_is_named_as_it_was_asked_for(string id, HttpStatusCode status, string detail)
    {
        var answer = await _api.Client.GetAsync($"/v1/messages/dead/{id}", Cancel);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(status == HttpStatusCode.OK ? (id, null, "") : (null, "MESSAGE_NOT_FOUND", detail), ((string?)body["id"], (string?)body["reason"], (string?)body["detail"] ?? ""));
    }

    private sealed class OneMessage : Contracts.Operations.V1.Messages.MessagesBase
    {
        public override Task<DeadMessage> GetDead(GetDeadRequest request, ServerCallContext context) => request.DeadId == 12
            ? Task.FromResult(new DeadMessage { DeadId = 12 })
            : throw RpcErrors.NotFound(Reasons.MessageNotFound, $"There is no dead message {request.DeadId}. List them first.");
    }
}
