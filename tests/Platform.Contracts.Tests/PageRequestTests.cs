using System.Buffers.Text;
using System.Text;
using Grpc.Core;

namespace Platform.Contracts.Tests;

public sealed class PageRequestTests
{
    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 1)]
    [InlineData(1_000, 1_000)]
    public void A_page_is_as_large_as_asked_for_and_a_hundred_where_that_is_not_said(int size, int expected) => Assert.Equal(expected, PageRequest.Of(size, "").Size);

    [Theory]
    [InlineData(-1)]
    [InlineData(1_001)]
    public void Another_size_is_refused_by_its_own_name(int size)
    {
        var refused = Assert.Throws<RpcException>(() => PageRequest.Of(size, "", "limit"));
        Assert.Equal(Reasons.InvalidArgument, RpcErrors.ReasonOf(refused));
        Assert.StartsWith("limit must be 1 to 1000", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("x")]
    [InlineData("9223372036854775808")]
    public void A_place_by_number_is_a_number_from_one_of_the_list_that_gave_it(string number)
    {
        foreach (var token in (string[])[number, Written($"a\n{number}"), Written("b\n7"), Written("a b\n7"), Written("a\n"), Written("a"), Written("7")])
        {
            Assert.Equal(Reasons.PageTokenInvalid, RpcErrors.ReasonOf(Assert.Throws<RpcException>(() => PageRequest.Of(0, token).Below("a"))));
        }
    }

    [Fact]
    public void The_token_of_one_list_is_refused_by_another()
    {
        var (_, token) = PageRequest.Of(1, "").Cut([9L, 8L], "audit", number => number);
        Assert.Equal(9, PageRequest.Of(1, token).Below("audit"));
        Assert.Equal(Reasons.PageTokenInvalid, RpcErrors.ReasonOf(Assert.Throws<RpcException>(() => PageRequest.Of(1, token).Below("alerts"))));
    }

    [Fact]
    public void A_token_that_no_list_gives_is_refused()
    {
        foreach (var token in (string[])["a\0", new string('a', 601)])
        {
            Assert.Equal(Reasons.PageTokenInvalid, RpcErrors.ReasonOf(Assert.Throws<RpcException>(() => PageRequest.Of(0, token))));
        }

        Assert.Throws<RpcException>(() => PageRequest.Of(0, "x").AfterId);
        Assert.Null(PageRequest.Of(0, "").AfterId);
        Assert.Equal(long.MaxValue, PageRequest.Of(0, "").Below("a"));
    }

    [Fact]
    public void Who_asks_for_no_page_is_answered_whole()
    {
        Assert.Null(PageRequest.OrWhole(0, ""));
        Assert.Equal(new PageRequest(100, "a"), PageRequest.OrWhole(0, "a"));
        Assert.Equal(new PageRequest(1, ""), PageRequest.OrWhole(1, ""));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(10)]
    public async Task All_pages_together_are_the_list(int count)
    {
        var list = Enumerable.Range(1, count).Select(number => (long)number).Reverse().ToList();
        var asked = 0;
        var all = await PageRequest.ReadAllAsync<long>(token =>
        {
            asked++;
            var page = PageRequest.Of(3, token);
            var (rows, next) = page.Cut([.. list.Where(number => number < page.Below("a")).Take(page.Limit)], "a", number => number);
            return Task.FromResult(((IEnumerable<long>)rows, next));
        });
        Assert.Equal(list, all);
        Assert.Equal(Math.Max(1, (count + 2) / 3), asked);
    }

    private static string Written(string place) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(place));
}
