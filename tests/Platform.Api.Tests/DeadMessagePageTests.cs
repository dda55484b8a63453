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
        var token = DeadMessagePage.Write([("wallet", "YQox"), ("metering", ""), ("routing", "YQo3")]);
        Assert.Equal([("wallet", "YQox"), ("routing", "YQo3")], DeadMessagePage.Read(token, Services));
        Assert.Equal("", DeadMessagePage.Write([("wallet", ""), ("metering", "")]));
    }

    [Theory]
    [InlineData("wallet")]
    [InlineData("wallet-")]
    [InlineData("wallet-x")]
    [InlineData("nosuch-YQox")]
    [InlineData("wallet-YQox..routing-YQox")]
    public void Token_of_nobodys_is_refused(string token)
    {
        var error = Assert.Throws<RpcException>(() => DeadMessagePage.Read(token, Services));
        Assert.Equal(Reasons.PageTokenInvalid, RpcErrors.ReasonOf(error));
    }
}
