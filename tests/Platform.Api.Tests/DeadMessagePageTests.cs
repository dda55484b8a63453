using Grpc.Core;
using Platform.Api.Messages;
using Platform.Contracts;

namespace Platform.Api.Tests;

public sealed class DeadMessagePageTests
{
    private static readonly string[] Services = ["wallet", "metering", "routing"];

    [Fact]
    public void First_page_asks_every_service_and_the_next_those_that_have_more()
    {
        Assert.Equal([("wallet", ""), ("metering", ""), ("routing", "")], DeadMessagePage.Read(null, Services));
        var token = DeadMessagePage.Write([("wallet", "12"), ("metering", ""), ("routing", "7")]);
        Assert.Equal([("wallet", "12"), ("routing", "7")], DeadMessagePage.Read(token, Services));
        Assert.Equal("", DeadMessagePage.Write([("wallet", ""), ("metering", "")]));
    }

    [Theory]
    [InlineData("wallet")]
    [InlineData("wallet-")]
    [InlineData("wallet-x")]
    [InlineData("nosuch-1")]
    [InlineData("wallet-1..routing-2")]
    public void Token_of_nobodys_is_refused(string token)
    {
        var error = Assert.Throws<RpcException>(() => DeadMessagePage.Read(token, Services));
        Assert.Equal(Reasons.PageTokenInvalid, RpcErrors.ReasonOf(error));
    }
}
