"""Writes the model folder in the spelling of published checkpoints."""

import json
import os

import torch
from safetensors.torch import save_file

from tokens import BOS, CHAT_TEMPLATE, IM_END, PAD


def dump(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        json.dump(value, f, indent=2, ensure_ascii=False)
        f.write("\n")


def write_tokenizer(folder, tok):
    tok.save(os.path.join(folder, "tokenizer.json"), pretty=False)
    dump(folder, "tokenizer_config.json", {
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|bos|>",
                                           "eos_token": "<|im_end|>",
        "pad_token": "<|pad|>", "add_bos_token": False, "clean_up_tokenization_spaces": False,
        "model_max_length": 1024, "chat_template": CHAT_TEMPLATE})


def write_model(folder, model, config):
    """The file is replaced in one step, so a reader never sees half a checkpoint."""
    state = {k: v.detach().to(torch.bfloat16).contiguous() for k, v in model.state_dict().items()}
    path = os.path.join(folder, "model.safetensors")
    save_file(state, path + ".part", metadata={"format": "pt"})
    os.replace(path + ".part", path)
    dump(folder, "config.json", {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "torch_dtype": "bfloat16",
        "vocab_size": config["vocab_size"], "hidden_size": config["hidden_size"],
        "intermediate_size": config["intermediate_size"],
        "num_hidden_layers": config["num_hidden_layers"],
        "num_attention_heads": config["num_attention_heads"],
        "num_key_value_heads": config["num_key_value_heads"], "head_dim": config["head_dim"],
        "hidden_act": "silu", "rms_norm_eps": config["rms_norm_eps"],
        "rope_theta": config["rope_theta"], "rope_scaling": None,
        "max_position_embeddings": config["max_position_embeddings"], "attention_bias": False,
        "attention_dropout": 0.0, "mlp_bias": False, "initializer_range": 0.02, "pretraining_tp": 1,
        "tie_word_embeddings": True, "bos_token_id": BOS, "eos_token_id": IM_END,
                                 "pad_token_id": PAD,
        "use_cache": True, "transformers_version": "4.51.0"})
    dump(folder, "generation_config.json", {
        "bos_token_id": BOS, "eos_token_id": IM_END, "pad_token_id": PAD, "do_sample": True,
        "temperature": 0.7, "top_p": 0.9, "max_new_tokens": 256, "transformers_version": "4.51.0"})
