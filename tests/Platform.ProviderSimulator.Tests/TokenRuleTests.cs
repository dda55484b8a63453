using System.Text;
using System.Text.Json;
using CsCheck;
using Platform.ProviderSimulator.Chat;

namespace Platform.ProviderSimulator.Tests;

public sealed class TokenRuleTests
{
    [Theory]
    [InlineData("""[{"role":"user","content":""}]""", 6)]
    [InlineData("""[{"role":"user","content":"abcd"}]""", 7)]
    [InlineData("""[{"role":"user","content":"hello"}]""", 8)]
    [InlineData("""[{"role":"user","content":"ééé"}]""", 8)]
    [InlineData("""[{"role":"user","content":"\u00e9\u00e9"}]""", 7)]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"abc"},{"type":"text","text":"de"}]}]""", 8)]
    [InlineData("""[{"role":"assistant","content":null}]""", 6)]
    [InlineData("""[{"role":"system","content":"abcd"},{"role":"user","content":"a"}]""", 11)]
    public void Prompt_of_messages_counts_a_token_each_four_bytes_and_the_overhead(string messages, int tokens)
    {
        var prompt = Prompt.Read(JsonElement.Parse(messages), "gpt-4o");

        Assert.Null(prompt.Problem);
        Assert.Equal(tokens, prompt.Tokens);
    }

    [Fact]
    public void Image_counts_as_many_tokens_as_the_model_says()
    {
        var prompt = Prompt.Read(
            JsonElement.Parse("""[{"role":"user","content":[{"type":"text","text":"abcd"},{"type":"image_url","image_url":{"url":"data:,"}}]}]"""), "gpt-4o", 765);

        Assert.Null(prompt.Problem);
        Assert.Equal(7 + 765, prompt.Tokens);
    }

    [Fact]
    public void Prompt_of_any_text_never_exceeds_one_token_a_byte_plus_the_overhead() =>
        Gen.String.Array[1, 8].Sample(texts =>
        {
            // Half a surrogate pair cannot be sent as UTF-8; serializing replaces it, so the replaced text is what is counted.
            var sent = texts.Select(text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text))).ToArray();
            var messages = JsonSerializer.SerializeToElement(sent.Select(text => new { role = "user", content = text }));
            var bytes = sent.Sum(Encoding.UTF8.GetByteCount);

            var prompt = Prompt.Read(messages, "gpt-4o");

            return prompt.Problem is null && prompt.Tokens <= bytes + (3 * sent.Length) + 3;
        });

    [Theory]
    [InlineData("""[{"role":"user","content":7}]""")]
    [InlineData("""[{"content":"no role"}]""")]
    [InlineData("""["text"]""")]
    [InlineData("""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:,"}}]}]""")]
    [InlineData("""[{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}]""")]
    public void Prompt_that_cannot_be_counted_is_refused(string messages) =>
        Assert.NotNull(Prompt.Read(JsonElement.Parse(messages), "gpt-4o").Problem);
}
