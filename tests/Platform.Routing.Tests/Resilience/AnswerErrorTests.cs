using System.Text;
using CsCheck;
using Platform.Routing.Resilience;

namespace Platform.Routing.Tests.Resilience;

public sealed class AnswerErrorTests
{
    [Theory]
    [InlineData("""{"error":{"code":429,"message":"Rate limited","metadata":{"raw":"a"}},"user_id":"u"}""", 429)]
    [InlineData("""{"error":{"code":502,"message":"Provider returned error"}}""", 502)]
    [InlineData("""{"id":"a","choices":[],"error":{"code":"rate_limit_exceeded","message":"slow down"}}""", 429)]
    [InlineData("""{"error":{"message":"insufficient","type":"insufficient_quota"},"choices":null}""", 429)]
    [InlineData("""{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""", 529)]
    [InlineData("""{"object":"error","message":"too long","type":"BadRequestError","code":400}""", 400)]
    [InlineData("""{"object":"response","status":"failed","error":{"code":"server_error","message":"sorry"},"output":[]}""", 500)]
    [InlineData("""{"error":"upstream is gone"}""", 500)]
    [InlineData("""{"error":{"code":7,"message":"odd"}}""", 500)]
    [InlineData("""{"error":{"code":200,"message":"odd"}}""", 500)]
    [InlineData("""{"choices":[{"message":{"content":"h"}}],"error":{"code":502,"message":"cut"}}""", null)]
    [InlineData("""{"error":{"code":502,"message":"cut"},"content":[{"type":"text","text":"h"}]}""", null)]
    [InlineData("""{"object":"response","error":null,"output":[]}""", null)]
    [InlineData("""{"error":"","choices":[]}""", null)]
    [InlineData("""{"error":{},"choices":[]}""", null)]
    [InlineData("""{"error":false,"data":[]}""", null)]
    [InlineData("""{"choices":[],"a":{"error":{"code":500}}}""", null)]
    [InlineData("""{"choices":["error"]}""", null)]
    [InlineData("""{"error":{"code":500}""", null)]
    [InlineData("""["error"]""", null)]
    [InlineData("", null)]
    public void Error_beside_no_output_means_the_status_that_it_says(string body, int? status) => Assert.Equal(status, AnswerError.StatusOf(Encoding.UTF8.GetBytes(body), out _));

    [Fact]
    public void Any_bytes_are_read_without_a_fault() =>
        Gen.OneOf(Gen.String, Gen.String.Select(text => $"{{\"error\":{{\"code\":{text}}}}}"), Gen.Const("{\"error\":\"\\ud800\"}")).Sample(text => AnswerError.StatusOf(Encoding.UTF8.GetBytes(text), out _));
}
