#!/bin/sh
# Starts vLLM as Lyceum's inference server. Usage: deploy/vllm.sh [MODEL] [PORT]; more options after those two are handed on.
# Then: INFERENCE_URL=http://HOST:PORT/v1 ./lyceum up
set -eu
model=${1:-Qwen/Qwen2.5-7B-Instruct}
port=${2:-8001}
[ $# -ge 1 ] && shift
[ $# -ge 1 ] && shift

# vLLM's CPU build gathers an adapter's weights anew for every token of a prompt, as many rows as MAX_LORA_RANK: there give
# it the rank of your adapters (16 unless a recipe says otherwise), as with 64 the first word comes four times as late.

# Adapters of the alignment loop are loaded and taken out while the server runs.
export VLLM_ALLOW_RUNTIME_LORA_UPDATING="${VLLM_ALLOW_RUNTIME_LORA_UPDATING:-1}"

# Prefix caching is what makes the first word of an answer come soon: prompts share their beginnings.
# --enable-prompt-tokens-details has the server report how many tokens came from that cache.
# The module, not the `vllm` script: the CPU build's script looks for metadata under another name.
exec python3 -m vllm.entrypoints.openai.api_server \
  --model "$model" \
  --served-model-name "${SERVED_NAME:-$(basename "$model")}" \
  --host "${HOST:-127.0.0.1}" --port "$port" \
  --max-model-len "${MAX_MODEL_LEN:-8192}" \
  --enable-prefix-caching \
  --enable-prompt-tokens-details \
  --enable-lora --max-loras "${MAX_LORAS:-4}" --max-lora-rank "${MAX_LORA_RANK:-64}" \
  "$@"
